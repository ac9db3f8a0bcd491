// Tensors over foreign memory keep its owner for as long as anything shares it.
using XClassFlow.Data.Tensors;
using XClassFlow.Stages.Torch;

namespace XClassFlow.Stages.Tests.Torch;

public sealed class ForeignMemoryTests
{
    [Fact]
    public void TheOwnerGoesWithTheLastTensor()
    {
        var owner = new Owner();
        var tensor = ForeignMemory.Over(owner, owner.Memory.Address, ElementType.Float32, 4, 3);
        var alias = tensor.detach();
        var part = tensor.narrow(0, 1, 2);
        tensor.fill_(Scalars.Of(2.5));
        tensor.Dispose();
        alias.Dispose();
        Assert.False(owner.IsDisposed);
        Assert.Equal(Enumerable.Repeat(2.5f, 6), part.data<float>().ToArray());
        part.Dispose();
        Assert.True(owner.IsDisposed);
    }

    [Theory]
    [InlineData(ElementType.Float32, 0, 3)]
    [InlineData(ElementType.BFloat16, 5, 3)]
    [InlineData(ElementType.Int32, 3_000_000, 2)]
    public void ZerosAreZeros(ElementType type, long rows, long columns)
    {
        using var zero = ForeignMemory.Zeros(type, rows, columns);
        Assert.Equal([rows, columns], zero.shape);
        Assert.Equal(TensorMemory.TypeOf(type), zero.dtype);
        using var any = zero.count_nonzero();
        Assert.Equal(0, any.item<long>());
        Assert.Equal(0, TensorMemory.AddressOf(zero) % 64);
    }

    private sealed class Owner : IDisposable
    {
        public AnonymousMemory Memory { get; } = new(4 * 3 * sizeof(float));

        public bool IsDisposed { get; private set; }

        public void Dispose()
        {
            IsDisposed = true;
            Memory.Dispose();
        }
    }
}
