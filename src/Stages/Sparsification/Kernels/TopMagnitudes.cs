// Selects the k values of largest magnitude: exactly, usually in one pass over memory.
namespace XClassFlow.Stages.Sparsification;

/// <summary>
/// Divide and conquer: a bound below the cut first, then one vectorised pass that finds the few values above the bound, in pieces, then the exact cut among these.
/// The bound comes from a sample of cache lines, as in Deep Gradient Compression (ICLR 2018, section 3); where the sample misleads (too few or too many values above it),
/// and where a large share is wanted, it comes from a count of all values by their leading bits. Either way the result is the same: the k largest by <see cref="Magnitude"/>,
/// lowest index first among equals, ascending, whatever the number of threads. Keeps its buffers; one thread at a time.
/// </summary>
internal sealed unsafe class TopMagnitudes
{
    private const int LeadingBits = 11;
    private const int Shift = Magnitude.Bits - LeadingBits;
    private const int Line = 16;
    private const int SampledLines = 4096;

    // A sample pays while the wanted share is small: above it, most of its lines hold something that is selected.
    private const int SmallShare = 32;

    private readonly int _threads;
    private int[]?[] _found = [];
    private uint[]? _keys;

    /// <param name="threads">Threads of one selection, the caller's included.</param>
    public TopMagnitudes(int threads) => _threads = threads;

    /// <summary>Passes of the last selection over all values; for tests and benchmarks.</summary>
    public int Passes { get; private set; }

    /// <summary>Selects.</summary>
    /// <param name="values">float32 [length]; the caller keeps it alive.</param>
    /// <param name="length">At least 1.</param>
    /// <param name="k">From 1 to <paramref name="length"/>.</param>
    /// <param name="selected">[k], receives the indices, ascending.</param>
    public void Select(float* values, int length, int k, Span<int> selected)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(selected.Length, k);
        Passes = 0;
        if (k == length)
        {
            for (var i = 0; i < k; i++)
            {
                selected[i] = i;
            }

            return;
        }

        int[]? counts = null;
        if ((long)k * SmallShare > length || length < 2 * SampledLines * Line || (counts = FindAbove(values, length, SampleBound(values, length, k), k, Math.Min(length, 4 * k))) is null)
        {
            var (bound, above) = CountedBound(values, length, k);
            counts = FindAbove(values, length, bound, k, above)!;
        }

        Keep(values, counts, k, selected);
    }

    // A bound that about one and a half times k values pass, and fewer than k hardly ever.
    private uint SampleBound(float* values, int length, int k)
    {
        var keys = Room(ref _keys, SampledLines * Line);
        var lines = length / Line;
        for (var s = 0; s < SampledLines; s++)
        {
            var line = (uint*)values + ((long)lines * s / SampledLines * Line);
            for (var i = 0; i < Line; i++)
            {
                keys[(s * Line) + i] = line[i] & Magnitude.Mask;
            }
        }

        var expected = (double)k * keys.Length / length;
        return CutSearch.Find(keys, Math.Min(keys.Length, (int)(expected + (4 * Math.Sqrt(expected)) + 8))).Key;
    }

    // The lowest key of those that begin like the cut, and how many values have at least this one.
    private (uint Bound, int Above) CountedBound(float* values, int length, int k)
    {
        Passes++;
        var pieces = IndexRanges.PiecesOf(length, _threads);
        var counts = new int[pieces][];
        IndexRanges.Run(length, _threads, (piece, from, to) => KeyScan.Count(values, from, to, Shift, counts[piece] = new int[1 << LeadingBits]));
        var bin = 1 << LeadingBits;
        var above = 0;
        while (above < k)
        {
            bin--;
            above += counts.Sum(c => c[bin]);
        }

        return ((uint)bin << Shift, above);
    }

    // Indices of at least this key, by piece; null when they are fewer than k or more than there is room for.
    private int[]? FindAbove(float* values, int length, uint bound, int k, int most)
    {
        Passes++;
        var pieces = IndexRanges.PiecesOf(length, _threads);
        if (_found.Length < pieces)
        {
            Array.Resize(ref _found, pieces);
        }

        var counts = new int[pieces];
        IndexRanges.Run(length, _threads, (piece, from, to) =>
        {
            var found = Room(ref _found[piece], Math.Min(most, to - from));
            counts[piece] = bound == 0 ? All(from, to, found) : KeyScan.Find(values, from, to, bound, found);
        });
        return counts.Any(c => c < 0) || counts.Sum() < k ? null : counts;
    }

    private static int All(int from, int to, Span<int> found)
    {
        if (to - from > found.Length)
        {
            return -1;
        }

        for (var i = from; i < to; i++)
        {
            found[i - from] = i;
        }

        return to - from;
    }

    private void Keep(float* values, int[] counts, int k, Span<int> selected)
    {
        var total = counts.Sum();
        var keys = Room(ref _keys, total);
        var next = 0;
        for (var piece = 0; piece < counts.Length; piece++)
        {
            foreach (var index in _found[piece].AsSpan(0, counts[piece]))
            {
                keys[next++] = Magnitude.KeyOf(values[index]);
            }
        }

        var (cut, ties) = CutSearch.Find(keys, k);
        next = 0;
        for (var piece = 0; piece < counts.Length; piece++)
        {
            foreach (var index in _found[piece].AsSpan(0, counts[piece]))
            {
                var key = Magnitude.KeyOf(values[index]);
                if (key > cut || (key == cut && ties-- > 0))
                {
                    selected[next++] = index;
                }
            }
        }
    }

    private static Span<T> Room<T>(ref T[]? buffer, int length)
    {
        if (buffer is null || buffer.Length < length)
        {
            buffer = new T[length];
        }

        return buffer.AsSpan(0, length);
    }
}
