// Sums and means of the parts of an exchange in the order of the senders, so that the result does not depend on arrival.
using System.Numerics;
using System.Runtime.InteropServices;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>Ordered summation.</summary>
internal static class OrderedSum
{
    /// <summary>Values summed at once: they stay in a core's first cache.</summary>
    private const int Chunk = 2048;

    /// <summary>The sum of equal-shaped tensors; a single one is returned as it is. In the caller's scope; the parts stay untouched.</summary>
    public static Tensor Of(IReadOnlyList<Tensor> parts)
    {
        if (parts.Count == 1)
        {
            return parts[0];
        }

        var sum = parts[0].Plus(parts[1]);
        for (var i = 2; i < parts.Count; i++)
        {
            sum.PlusInPlace(parts[i]);
        }

        return sum;
    }

    /// <summary>The same sum of at least two float32 vectors, bit by bit, written into memory that is there: one pass, and no new tensor.</summary>
    /// <param name="sum">Receives it; as long as the parts, and none of them.</param>
    /// <param name="parts">The parts.</param>
    public static void Into(Tensor sum, IReadOnlyList<Tensor> parts)
    {
        if (!IsPlain(sum) || !parts.All(IsPlain))
        {
            sum.copy_(Of(parts));
            return;
        }

        // Asked once: a question costs as much as a few hundred sums.
        var all = TensorMemory.SpanOf<float>(sum);
        nint[] addresses = [.. parts.Select(TensorMemory.AddressOf)];
        for (var start = 0; start < all.Length; start += Chunk)
        {
            var to = all.Slice(start, Math.Min(Chunk, all.Length - start));
            Add(At(addresses[0], start, to.Length), At(addresses[1], start, to.Length), to);
            for (var i = 2; i < addresses.Length; i++)
            {
                Add(to, At(addresses[i], start, to.Length), to);
            }
        }

        GC.KeepAlive(sum);
        GC.KeepAlive(parts);
    }

    /// <summary>Copies a float32 vector on the caller's thread alone.</summary>
    public static void Copy(Tensor to, Tensor from)
    {
        if (!IsPlain(to) || !IsPlain(from))
        {
            to.copy_(from);
            return;
        }

        TensorMemory.SpanOf<float>(from).CopyTo(TensorMemory.SpanOf<float>(to));
        GC.KeepAlive(to);
        GC.KeepAlive(from);
    }

    private static bool IsPlain(Tensor tensor) => tensor.is_contiguous() && tensor.device_type == TorchSharp.DeviceType.CPU;

    private static unsafe ReadOnlySpan<float> At(nint address, int start, int length) => new((float*)address + start, length);

    private static void Add(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> to)
    {
        ref var x = ref MemoryMarshal.GetReference(a);
        ref var y = ref MemoryMarshal.GetReference(b);
        ref var z = ref MemoryMarshal.GetReference(to);
        var i = 0;
        for (; i <= to.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            (Vector.LoadUnsafe(ref x, (nuint)i) + Vector.LoadUnsafe(ref y, (nuint)i)).StoreUnsafe(ref z, (nuint)i);
        }

        for (; i < to.Length; i++)
        {
            to[i] = a[i] + b[i];
        }
    }

    /// <summary>The mean of equal-shaped float32 tensors, taken in float64, so that the mean of equal parts is the part. In the caller's scope.</summary>
    public static Tensor MeanOf(IReadOnlyList<Tensor> parts)
        => Of([.. parts.Select(p => p.to(ScalarType.Float64))]).Times(1.0 / parts.Count).to(ScalarType.Float32);
}
