// k-means centres of rows on the unit sphere, with clusters kept of similar size.
using XClassFlow.Data.Randomness;

namespace XClassFlow.Stages.Selection.Graph;

/// <summary>Spherical k-means (Lloyd) on a sample. Between two iterations the centres of small clusters move into large ones: the cost of a part grows with the square of its size.</summary>
internal static unsafe class Centres
{
    private const int Iterations = 6;
    private const int Balancing = 4;
    private const int Block = 256;

    /// <summary>Trains centres.</summary>
    /// <param name="rows">Source of the sample.</param>
    /// <param name="sample">Rows to train on, in random order, more than centres are wanted.</param>
    /// <param name="count">Centres wanted.</param>
    /// <param name="centres">float32 [count, D], unit length; written.</param>
    /// <param name="seed">Of the moves; the result depends on nothing else.</param>
    /// <param name="team">Who computes.</param>
    public static void Train(IUnitRows rows, ReadOnlySpan<int> sample, int count, float* centres, ulong seed, WorkerTeam team)
    {
        var (n, d) = (sample.Length, rows.Width);
        rows.Gather(sample[..count], centres);
        if (count == 1 && n <= 1)
        {
            return;
        }

        using var points = new NativeBuffer<float>((long)(n + ScoreTile.Queries) * d);
        rows.Gather(sample, points.Pointer);
        using var nearest = new NativeBuffer<int>(n);
        using var scores = new NativeBuffer<float>(n);
        using var panel = new KeyPanel(count, d);
        var numbers = Numbers.Range(0, count);
        for (var iteration = 0; iteration < Iterations; iteration++)
        {
            panel.Fill(numbers, centres);
            Assign(points.Pointer, n, panel, d, nearest.Pointer, scores.Pointer, team);
            var (offsets, members) = Group(nearest.Span(0, n), count);
            MoveToMeans(points.Pointer, offsets, members, d, centres, team);
            if (iteration < Balancing)
            {
                Balance(points.Pointer, offsets, members, d, centres, SplitMix64.Derive(seed, (ulong)iteration));
            }
        }
    }

    /// <summary>Members by group, each group in ascending order.</summary>
    public static (int[] Offsets, int[] Members) Group(ReadOnlySpan<int> groups, int count)
    {
        var offsets = new int[count + 1];
        foreach (var group in groups)
        {
            offsets[group + 1]++;
        }

        for (var g = 0; g < count; g++)
        {
            offsets[g + 1] += offsets[g];
        }

        var next = offsets.AsSpan(0, count).ToArray();
        var members = new int[groups.Length];
        for (var i = 0; i < groups.Length; i++)
        {
            members[next[groups[i]]++] = i;
        }

        return (offsets, members);
    }

    private static void Assign(float* points, int n, KeyPanel panel, int d, int* nearest, float* scores, WorkerTeam team) => team.RunBlocks(n, Block, (start, count, _) =>
    {
        new Span<float>(scores + start, count).Fill(float.NegativeInfinity);
        new Span<int>(nearest + start, count).Fill(NearestList.None);
        Span<int> none = stackalloc int[count];
        none.Fill(-1);
        TileSearch.Search(points + (start * d), none, panel, d, null, scores + start, nearest + start, 1);
    });

    private static void MoveToMeans(float* points, int[] offsets, int[] members, int d, float* centres, WorkerTeam team) => team.RunBlocks(offsets.Length - 1, 16, (start, count, _) =>
    {
        var sum = new double[d];
        for (var c = start; c < start + count; c++)
        {
            Array.Clear(sum);
            for (var m = offsets[c]; m < offsets[c + 1]; m++)
            {
                var point = points + ((long)members[m] * d);
                for (var i = 0; i < d; i++)
                {
                    sum[i] += point[i];
                }
            }

            var square = sum.Sum(v => v * v);
            for (var i = 0; i < d && square > 0; i++)
            {
                centres[(c * d) + i] = (float)(sum[i] / Math.Sqrt(square));
            }
        }
    });

    // The smallest clusters' centres become members of the largest ones, as long as that evens the sizes out.
    private static void Balance(float* points, int[] offsets, int[] members, int d, float* centres, ulong seed)
    {
        var count = offsets.Length - 1;
        var mean = members.Length / (double)count;
        var small = Enumerable.Range(0, count).Where(c => Size(c) < 0.4 * mean).OrderBy(Size).ThenBy(c => c).ToArray();
        var large = new PriorityQueue<int, (int, int)>(Enumerable.Range(0, count).Where(c => Size(c) > 1.6 * mean).Select(c => (c, (-Size(c), c))));
        foreach (var (centre, draw) in small.Select((c, i) => (c, (ulong)i)))
        {
            if (!large.TryDequeue(out var from, out var rank))
            {
                return;
            }

            var member = members[offsets[from] + (int)Math.BigMul(SplitMix64.Derive(seed, draw), (ulong)Size(from), out _)];
            new Span<float>(points + ((long)member * d), d).CopyTo(new Span<float>(centres + ((long)centre * d), d));
            if (rank.Item1 / 2 < -1.6 * mean)
            {
                large.Enqueue(from, (rank.Item1 / 2, from));
            }
        }

        int Size(int c) => offsets[c + 1] - offsets[c];
    }
}
