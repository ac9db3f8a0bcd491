// Passes over native memory that look at magnitudes: with vectors, and as plain loops that the tests hold them to.
using System.Numerics;
using System.Runtime.Intrinsics;

namespace XClassFlow.Stages.Sparsification;

/// <summary>Kernels on float32 memory [n]. They read only, so any number of threads may scan one vector.</summary>
internal static unsafe class KeyScan
{
    private const int Block = 32;

    /// <summary>Writes the indices, ascending, of values with at least this key.</summary>
    /// <param name="values">All values.</param>
    /// <param name="from">First index looked at.</param>
    /// <param name="to">End of the range.</param>
    /// <param name="key">At least 1.</param>
    /// <param name="found">Receives them.</param>
    /// <returns>How many there are, or -1 when <paramref name="found"/> has no room for them all.</returns>
    public static int Find(float* values, int from, int to, uint key, Span<int> found)
    {
        var count = 0;
        var i = from;
        if (Vector256.IsHardwareAccelerated)
        {
            // Keys have no sign bit, so a signed comparison will do.
            var below = Vector256.Create((int)key - 1);
            var mask = Vector256.Create((int)Magnitude.Mask);
            for (; i <= to - Block; i += Block)
            {
                var p = (int*)values + i;
                var a = Vector256.GreaterThan(Vector256.Load(p) & mask, below);
                var b = Vector256.GreaterThan(Vector256.Load(p + 8) & mask, below);
                var c = Vector256.GreaterThan(Vector256.Load(p + 16) & mask, below);
                var d = Vector256.GreaterThan(Vector256.Load(p + 24) & mask, below);
                if ((a | b | c | d) == Vector256<int>.Zero)
                {
                    continue;
                }

                var bits = a.ExtractMostSignificantBits() | (b.ExtractMostSignificantBits() << 8)
                    | (c.ExtractMostSignificantBits() << 16) | (d.ExtractMostSignificantBits() << 24);
                if (count + BitOperations.PopCount(bits) > found.Length)
                {
                    return -1;
                }

                for (; bits != 0; bits &= bits - 1)
                {
                    found[count++] = i + BitOperations.TrailingZeroCount(bits);
                }
            }
        }

        var rest = FindScalar(values, i, to, key, found[count..]);
        return rest < 0 ? -1 : count + rest;
    }

    /// <summary>As <see cref="Find"/>, one value after the other.</summary>
    public static int FindScalar(float* values, int from, int to, uint key, Span<int> found)
    {
        var count = 0;
        for (var i = from; i < to; i++)
        {
            if (Magnitude.KeyOf(values[i]) >= key)
            {
                if (count == found.Length)
                {
                    return -1;
                }

                found[count++] = i;
            }
        }

        return count;
    }

    /// <summary>Counts the values by the leading bits of their keys.</summary>
    /// <param name="values">All values.</param>
    /// <param name="from">First index looked at.</param>
    /// <param name="to">End of the range.</param>
    /// <param name="shift">Bits of a key that are left out.</param>
    /// <param name="counts">Added to; one for every value of the leading bits.</param>
    public static void Count(float* values, int from, int to, int shift, Span<int> counts)
    {
        // Neighbours are often of one size: two tables, so that an addition need not wait for the one before it.
        Span<int> other = stackalloc int[counts.Length];
        other.Clear();
        var keys = (uint*)values;
        var i = from;
        for (; i < to - 1; i += 2)
        {
            counts[(int)((keys[i] & Magnitude.Mask) >> shift)]++;
            other[(int)((keys[i + 1] & Magnitude.Mask) >> shift)]++;
        }

        if (i < to)
        {
            counts[(int)((keys[i] & Magnitude.Mask) >> shift)]++;
        }

        for (var bin = 0; bin < counts.Length; bin++)
        {
            counts[bin] += other[bin];
        }
    }
}
