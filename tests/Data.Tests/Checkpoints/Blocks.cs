// Small tensors for tests.
using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;
using XClassFlow.Data.Tensors;

namespace XClassFlow.Data.Tests.Checkpoints;

internal static class Blocks
{
    public static TensorBlock Floats(string name, params float[] values) => TensorBlock.FromArray(name, ElementType.Float32, [values.Length], values);

    /// <summary>Random bytes of any type and shape, the same for the same seed.</summary>
    public static TensorBlock Random(string name, ElementType type, long[] shape, int seed)
    {
        Assert.True(type.TryByteLength(shape, out var length));
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return TensorBlock.FromArray(name, type, shape, bytes);
    }

    /// <summary>Lists of up to seven tensors of any type, up to three dimensions, empty ones and scalars included.</summary>
    public static Arbitrary<TensorBlock[]> Lists()
    {
        var shapes = Gen.Choose(0, 3).SelectMany(rank => Gen.Choose(0, 5).ArrayOf(rank));
        var one = from type in Gen.Elements(Enum.GetValues<ElementType>())
                  from shape in shapes
                  from seed in Gen.Choose(0, int.MaxValue - 1)
                  select (type, shape, seed);
        return Gen.Choose(0, 7).SelectMany(count => one.ArrayOf(count))
            .Select(list => list.Select((item, index) => Random($"tensor.{index}\"é", item.type, [.. item.shape.Select(size => (long)size)], item.seed)).ToArray())
            .ToArbitrary();
    }

    /// <summary>Name, type, shape and bytes are equal.</summary>
    public static bool Same(TensorBlock one, TensorBlock other) =>
        one.Name == other.Name && one.ElementType == other.ElementType && one.Shape.AsSpan().SequenceEqual(other.Shape)
        && one.ToArray<byte>().AsSpan().SequenceEqual(other.ToArray<byte>());

    public static unsafe byte[] Fill(long length, Action<nint> fill)
    {
        var bytes = new byte[length];
        fixed (byte* first = &MemoryMarshal.GetArrayDataReference(bytes))
        {
            fill((nint)first);
        }

        return bytes;
    }
}
