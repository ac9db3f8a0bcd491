// Ascending indices as Golomb-Rice codes of the gaps between them.
using System.Numerics;

namespace XClassFlow.Stages.Sparsification;

/// <summary>
/// A gap g (indices skipped) is g >> r in unary, and r bits: the shortest prefix code where every index is selected with the same probability (Golomb 1966; r a whole number:
/// Rice and Plaunt 1971). 11.4 bits an index where one in 1,000 is selected, 2 where one in two is, 1 where all are: never longer than a bitmap by more than a few bytes, nor than
/// variable-length bytes (8 or 16 bits), so there is no choice of codes.
/// </summary>
internal static class RiceCode
{
    /// <summary>The largest r.</summary>
    public const int MostBits = 30;

    /// <summary>The r that makes the code shortest, and its length in bytes.</summary>
    /// <param name="indices">Ascending, not negative.</param>
    public static (int Bits, int Bytes) Measure(ReadOnlySpan<int> indices)
    {
        if (indices.IsEmpty)
        {
            return (0, 0);
        }

        var mean = ((double)indices[^1] + 1 - indices.Length) / indices.Length;
        var near = mean < 1 ? 0 : BitOperations.Log2((uint)mean);
        var (best, least) = (0, long.MaxValue);
        for (var bits = Math.Max(0, near - 1); bits <= Math.Min(MostBits, near + 1); bits++)
        {
            var length = LengthOf(indices, bits);
            (best, least) = length < least ? (bits, length) : (best, least);
        }

        return (best, checked((int)((least + 7) / 8)));
    }

    /// <summary>Writes the code into memory of just its length.</summary>
    public static void Encode(ReadOnlySpan<int> indices, int bits, Span<byte> destination)
    {
        var writer = new BitWriter(destination);
        var next = 0;
        foreach (var index in indices)
        {
            var gap = (uint)(index - next);
            writer.WriteUnary(gap >> bits);
            writer.Write(gap & ((1u << bits) - 1), bits);
            next = index + 1;
        }

        writer.Finish();
    }

    private static long LengthOf(ReadOnlySpan<int> indices, int bits)
    {
        var length = indices.Length * (bits + 1L);
        var next = 0;
        foreach (var index in indices)
        {
            length += (index - next) >> bits;
            next = index + 1;
        }

        return length;
    }
}
