// Finds where the k largest of a list of keys end, by counting leading bits (radix select).
namespace XClassFlow.Stages.Sparsification;

/// <summary>The exact search among few keys.</summary>
internal static class CutSearch
{
    private const int Digit = 8;

    /// <summary>Where the k largest end.</summary>
    /// <param name="keys">In any order; overwritten.</param>
    /// <param name="k">From 1 to their number.</param>
    public static MagnitudeCut Find(Span<uint> keys, int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, keys.Length);
        Span<int> counts = stackalloc int[1 << Digit];
        var left = k;
        var top = 0u;
        for (var shift = 32 - Digit; shift >= 0; shift -= Digit)
        {
            counts.Clear();
            foreach (var key in keys)
            {
                counts[(int)((key >> shift) & 0xff)]++;
            }

            var digit = (1 << Digit) - 1;
            for (; counts[digit] < left; digit--)
            {
                left -= counts[digit];
            }

            // Only those that begin alike can still be the cut.
            top |= (uint)digit << shift;
            var same = 0;
            foreach (var key in keys)
            {
                if (((key >> shift) & 0xff) == digit)
                {
                    keys[same++] = key;
                }
            }

            keys = keys[..same];
        }

        return new MagnitudeCut(top, left);
    }
}
