// The memory of tensors: the right place, for every type, and no handle left behind.
using XClassFlow.Stages.Tests.Flow;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Tests.Torch;

[Collection(LiveTensors.Name)]
public sealed class TensorMemoryTests
{
    static TensorMemoryTests() => LibTorch.EnsureLoaded();

    [Fact]
    public void AddressesCountFromTheTensorsOwnFirstElementAndLeaveNoHandle()
    {
        using var whole = arange(10, ScalarType.Float32);
        using var part = whole.narrow(0, 3, 4);
        var before = LiveTensors.Count();
        Assert.Equal(TensorMemory.AddressOf(whole) + (3 * sizeof(float)), TensorMemory.AddressOf(part));
        Assert.Equal([3f, 4f, 5f, 6f], TensorMemory.SpanOf<float>(part).ToArray());
        Assert.Equal(before, LiveTensors.CountWithGarbage());
    }

    [Fact]
    public void EveryTypeHasAnAddressAndAnEmptyTensorHasNone()
    {
        foreach (var type in new[] { ScalarType.Float16, ScalarType.BFloat16, ScalarType.Float64, ScalarType.Int64, ScalarType.Int32, ScalarType.Int16, ScalarType.Int8, ScalarType.Byte, ScalarType.Bool })
        {
            using var some = ones(3, type);
            using var none = ones(0, type);
            Assert.NotEqual(0, TensorMemory.AddressOf(some));
            Assert.Equal(0, TensorMemory.AddressOf(none));
        }
    }

    [Fact]
    public void ATensorWithHolesHasNoAddress()
    {
        using var matrix = ones(3, 4);
        using var transposed = matrix.t();
        Assert.Throws<ArgumentException>(() => TensorMemory.AddressOf(transposed));
    }
}
