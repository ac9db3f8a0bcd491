// What counts as a gradient that a step may be made of.
using System.Numerics;
using System.Runtime.InteropServices;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>
/// A bound so far below float32's that if every rank keeps to it, the sum over 10,000 ranks is a number, and so is its square. So a rank can say of its own gradient what guards want to
/// know of the sum, long before that is there.
/// </summary>
internal static class GradientBound
{
    /// <summary>Largest magnitude of a value.</summary>
    public const float Largest = 1e15f;

    /// <summary>Largest magnitude of a sum that travels as float16.</summary>
    public const float LargestHalf = 65_504;

    /// <summary>Values looked at between two decisions.</summary>
    private const int Chunk = 4096;

    /// <summary>Whether all values are numbers within the bound. One pass; stops early at the first chunk that is not.</summary>
    /// <param name="gradient">float32 [n], contiguous; stays the caller's.</param>
    /// <param name="largest">The bound.</param>
    public static bool Holds(Tensor gradient, float largest = Largest)
    {
        ReadOnlySpan<float> all = TensorMemory.SpanOf<float>(gradient);
        var holds = true;
        for (var start = 0; start < all.Length && holds; start += Chunk)
        {
            holds = Holds(all.Slice(start, Math.Min(Chunk, all.Length - start)), largest);
        }

        GC.KeepAlive(gradient);
        return holds;
    }

    private static bool Holds(ReadOnlySpan<float> values, float largest)
    {
        // Comparisons with NaN are false, so what is wanted is asked for, and not what is feared.
        ref var first = ref MemoryMarshal.GetReference(values);
        var (i, bound, all) = (0, new Vector<float>(largest), Vector<int>.AllBitsSet);
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            all &= Vector.LessThanOrEqual(Vector.Abs(Vector.LoadUnsafe(ref first, (nuint)i)), bound);
        }

        var holds = Vector.EqualsAll(all, Vector<int>.AllBitsSet);
        for (; i < values.Length; i++)
        {
            holds &= MathF.Abs(values[i]) <= largest;
        }

        return holds;
    }
}
