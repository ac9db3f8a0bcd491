// Parcels of random content, and whether two are equal bit for bit.
using XClassFlow.Cluster.Lane;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Cluster.Tests.Lane;

internal static unsafe class RandomParcels
{
    public static readonly ScalarType[] Types =
    [
        ScalarType.Float32, ScalarType.Float64, ScalarType.Float16, ScalarType.BFloat16, ScalarType.Int64, ScalarType.Int32, ScalarType.Byte, ScalarType.Bool, ScalarType.Int8, ScalarType.Int16,
    ];

    /// <summary>A parcel with up to five tensors of random types and shapes, some of them empty or without dimensions.</summary>
    /// <param name="random">Chance.</param>
    /// <param name="largest">Most elements of a dimension.</param>
    public static Parcel Make(Random random, int largest = 40)
    {
        var head = new byte[random.Next(4) == 0 ? 0 : random.Next(random.Next(8) == 0 ? 40_000 : 100)];
        random.NextBytes(head);
        var tensors = Enumerable.Range(0, random.Next(6)).Select(_ =>
        {
            var shape = Enumerable.Range(0, random.Next(4)).Select(_ => (long)random.Next(random.Next(5) == 0 ? 1 : largest + 1)).ToArray();
            return Filled(random, Types[random.Next(Types.Length)], shape);
        }).ToArray();
        return new Parcel(head, tensors);
    }

    /// <summary>A tensor of random bits (a bool: 0 or 1).</summary>
    public static Tensor Filled(Random random, ScalarType type, params long[] shape)
    {
        var tensor = empty(shape, type).DetachFromDisposeScope();
        var bytes = BytesOf(tensor);
        random.NextBytes(bytes);
        if (type == ScalarType.Bool)
        {
            foreach (ref var b in bytes)
            {
                b &= 1;
            }
        }

        return tensor;
    }

    public static Span<byte> BytesOf(Tensor tensor) => new((void*)TensorMemory.AddressOf(tensor), checked((int)(tensor.numel() * tensor.element_size())));

    /// <summary>A copy that outlives the parcel.</summary>
    public static Parcel Copy(Parcel parcel) => new(parcel.Head.ToArray(), [.. parcel.Tensors.Select(t => t.clone().DetachFromDisposeScope())]);

    public static void AssertEqual(Parcel expected, Parcel actual, string what)
    {
        Assert.True(expected.Head.Span.SequenceEqual(actual.Head.Span), $"{what}: the head differs");
        Assert.Equal(expected.Tensors.Count, actual.Tensors.Count);
        foreach (var (a, b) in expected.Tensors.Zip(actual.Tensors))
        {
            Assert.Equal(a.dtype, b.dtype);
            Assert.Equal(a.shape, b.shape);
            Assert.True(BytesOf(a).SequenceEqual(BytesOf(b)), $"{what}: the bits of a {a.dtype} tensor [{string.Join(", ", a.shape)}] differ");
        }
    }
}
