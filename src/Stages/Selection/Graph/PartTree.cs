// The parts that a class graph is built in: k-means centres, in two levels where they are many.
using XClassFlow.Data.Randomness;

namespace XClassFlow.Stages.Selection.Graph;

/// <summary>
/// One level of P centres, or about sqrt(P) groups of about sqrt(P) centres each: assigning a row then costs O(sqrt(P)) instead of O(P), and the whole build O(N sqrt(N)) with
/// a tiny constant. Owns its memory.
/// </summary>
internal sealed unsafe class PartTree : IDisposable
{
    private const int OneLevel = 2048;
    private const int SamplePerCentre = 32;
    private const int LeastPerCentre = 8;
    private const int MostSample = 2 << 20;
    private const int GroupSample = 256;
    private const int GroupsPerRow = 16;

    private readonly KeyPanel? _groups;
    private readonly KeyPanel[] _parts;

    private PartTree(KeyPanel? groups, KeyPanel[] parts)
    {
        _groups = groups;
        _parts = parts;
        Count = parts.Sum(p => p.Count);
    }

    /// <summary>P.</summary>
    public int Count { get; }

    private int Groups => _parts.Length;

    /// <summary>Bytes while training and afterwards: the centres twice, and the rows that are trained on, of all parts or of one group per worker (which may be several times the mean).</summary>
    public static long BytesFor(int parts, int width, int threads)
    {
        var row = (long)width * sizeof(float);
        var groups = (long)Math.Sqrt(parts);
        return (2 * parts * row) + (12L * SampleFor(parts))
            + (parts <= OneLevel ? (SampleFor(parts) + parts) * row : (GroupSample * groups * row) + (threads * 4 * (SampleFor(parts) / groups) * row));
    }

    /// <summary>Trains the centres.</summary>
    /// <param name="rows">All rows.</param>
    /// <param name="parts">P, at most N.</param>
    /// <param name="seed">Of the sample.</param>
    /// <param name="team">Who computes.</param>
    public static PartTree Train(IUnitRows rows, int parts, ulong seed, WorkerTeam team)
    {
        var sample = Shuffled(rows.Count, SampleFor(parts), seed);
        if (parts <= OneLevel)
        {
            return new PartTree(null, [TrainPanel(rows, sample, 0, parts, seed, team)]);
        }

        var groupCount = (int)Math.Sqrt(parts);
        var groups = TrainPanel(rows, sample.AsSpan(0, Math.Min(sample.Length, groupCount * GroupSample)), 0, groupCount, SplitMix64.Derive(seed, 1), team);
        var nearest = NearestGroups(rows, sample, groups, team);
        var (offsets, members) = Centres.Group(nearest, groupCount);
        var counts = Shares(offsets, parts);
        var starts = new int[groupCount];
        for (var g = 1; g < groupCount; g++)
        {
            starts[g] = starts[g - 1] + counts[g - 1];
        }

        var panels = new KeyPanel[groupCount];
        var alone = new WorkerTeam(1, CancellationToken.None);
        team.Run(groupCount, (g, _) =>
        {
            var own = members.AsSpan(offsets[g], offsets[g + 1] - offsets[g]).ToArray();
            panels[g] = TrainPanel(rows, Array.ConvertAll(own, m => sample[m]), starts[g], counts[g], SplitMix64.Derive(seed, 2, (ulong)g), alone);
        });
        return new PartTree(groups, panels);
    }

    /// <summary>The nearest parts of rows.</summary>
    /// <param name="queries">float32 [count rounded up to 8, D].</param>
    /// <param name="count">Rows.</param>
    /// <param name="width">D.</param>
    /// <param name="parts">int [count, t], nearest first; written.</param>
    /// <param name="t">Parts per row, at most P.</param>
    public void Assign(float* queries, int count, int width, int* parts, int t)
    {
        using var scores = new NativeBuffer<float>((long)count * t);
        scores.Span(0, count * t).Fill(float.NegativeInfinity);
        new Span<int>(parts, count * t).Fill(NearestList.None);
        var none = new int[count];
        Array.Fill(none, -1);
        if (_groups is null)
        {
            TileSearch.Search(queries, none, _parts[0], width, null, scores.Pointer, parts, t);
            return;
        }

        var (offsets, members) = QueriesByGroup(queries, count, width, none);
        using var tile = new NativeBuffer<float>((long)(count + ScoreTile.Queries) * width);
        using var ownScores = new NativeBuffer<float>((long)count * t);
        using var ownIds = new NativeBuffer<int>((long)count * t);
        for (var g = 0; g < Groups; g++)
        {
            var own = members.AsSpan(offsets[g], offsets[g + 1] - offsets[g]);
            for (var i = 0; i < own.Length; i++)
            {
                new Span<float>(queries + ((long)own[i] * width), width).CopyTo(tile.Span((long)i * width, width));
                scores.Span((long)own[i] * t, t).CopyTo(ownScores.Span((long)i * t, t));
                new Span<int>(parts + ((long)own[i] * t), t).CopyTo(ownIds.Span((long)i * t, t));
            }

            TileSearch.Search(tile.Pointer, none.AsSpan(0, own.Length), _parts[g], width, null, ownScores.Pointer, ownIds.Pointer, t);
            for (var i = 0; i < own.Length; i++)
            {
                ownScores.Span((long)i * t, t).CopyTo(scores.Span((long)own[i] * t, t));
                ownIds.Span((long)i * t, t).CopyTo(new Span<int>(parts + ((long)own[i] * t), t));
            }
        }
    }

    public void Dispose()
    {
        _groups?.Dispose();
        foreach (var panel in _parts)
        {
            panel.Dispose();
        }
    }

    // Which of the block's rows look into which group.
    private (int[] Offsets, int[] Members) QueriesByGroup(float* queries, int count, int width, int[] none)
    {
        var per = Math.Min(GroupsPerRow, Groups);
        using var scores = new NativeBuffer<float>((long)count * per);
        using var ids = new NativeBuffer<int>((long)count * per);
        scores.Span(0, count * per).Fill(float.NegativeInfinity);
        ids.Span(0, count * per).Fill(NearestList.None);
        TileSearch.Search(queries, none, _groups!, width, null, scores.Pointer, ids.Pointer, per);
        var (offsets, members) = Centres.Group(ids.Span(0, count * per), Groups);
        return (offsets, Array.ConvertAll(members, m => m / per));
    }

    private static KeyPanel TrainPanel(IUnitRows rows, ReadOnlySpan<int> sample, int firstPart, int count, ulong seed, WorkerTeam team)
    {
        count = Math.Min(count, sample.Length);
        using var centres = new NativeBuffer<float>((long)Math.Max(count, 1) * rows.Width);
        var panel = new KeyPanel(Math.Max(count, 1), rows.Width);
        if (count > 0)
        {
            Centres.Train(rows, sample, count, centres.Pointer, seed, team);
        }

        panel.Fill(Numbers.Range(firstPart, count), centres.Pointer);
        return panel;
    }

    private static int[] NearestGroups(IUnitRows rows, int[] sample, KeyPanel groups, WorkerTeam team)
    {
        const int block = 256;
        var nearest = new int[sample.Length];
        using var tiles = new Scratch<float>(team.Threads, block * rows.Width);
        team.RunBlocks(sample.Length, block, (start, count, worker) =>
        {
            var scores = stackalloc float[block];
            var ids = stackalloc int[block];
            new Span<float>(scores, count).Fill(float.NegativeInfinity);
            new Span<int>(ids, count).Fill(NearestList.None);
            var none = new int[count];
            Array.Fill(none, -1);
            rows.Gather(sample.AsSpan((int)start, count), tiles.Of(worker));
            TileSearch.Search(tiles.Of(worker), none, groups, rows.Width, null, scores, ids, 1);
            new Span<int>(ids, count).CopyTo(nearest.AsSpan((int)start));
        });
        return nearest;
    }

    private static long SampleFor(long parts) => Math.Max(parts * LeastPerCentre, Math.Min(parts * SamplePerCentre, MostSample));

    // Centres per group: in proportion to its part of the sample, and no more than it has.
    private static int[] Shares(int[] offsets, int parts)
    {
        var total = offsets[^1];
        var counts = new int[offsets.Length - 1];
        for (var g = 0; g < counts.Length; g++)
        {
            var own = offsets[g + 1] - offsets[g];
            counts[g] = Math.Min(own, (int)Math.Max(own > 0 ? 1 : 0, Math.Round((double)parts * own / total)));
        }

        return counts;
    }

    /// <summary>A sample of [0, count) in random order.</summary>
    public static int[] Shuffled(long count, long sample, ulong seed)
    {
        var numbers = GraphRecall.Sample(count, (int)Math.Min(count, sample), seed);
        for (var i = numbers.Length - 1; i > 0; i--)
        {
            var j = (int)Math.BigMul(SplitMix64.Derive(seed, 0x5F, (ulong)i), (ulong)i + 1, out _);
            (numbers[i], numbers[j]) = (numbers[j], numbers[i]);
        }

        return numbers;
    }
}
