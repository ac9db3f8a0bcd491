// How many of the true neighbours a class graph holds, measured on a sample.
using XClassFlow.Data.Randomness;

namespace XClassFlow.Stages.Selection.Graph;

/// <summary>
/// Recall@K against brute force: of the K - 1 nearest other classes of a sampled class, the share that its list holds. A listed class that is as near as the farthest true one (within
/// rounding) counts, so that equal rows do not look like misses. The truth is found once, at 2 sample N D operations; graphs are held against it as often as one likes.
/// </summary>
internal sealed unsafe class GraphRecall
{
    internal const float Rounding = 2e-6f;
    private const int Chunk = 4096;

    private readonly IUnitRows _rows;
    private readonly WorkerTeam _team;
    private readonly int[] _queries;
    private readonly float[] _worst;
    private readonly int[] _true;

    /// <summary>Finds the truth.</summary>
    /// <param name="rows">All N rows; borrowed.</param>
    /// <param name="k">K, 1 to N.</param>
    /// <param name="sample">How many classes; all where there are fewer.</param>
    /// <param name="seed">Which classes.</param>
    /// <param name="team">Who computes.</param>
    public GraphRecall(IUnitRows rows, int k, int sample, ulong seed, WorkerTeam team)
    {
        _rows = rows;
        _team = team;
        Length = k - 1;
        _queries = Sample(rows.Count, sample, seed);
        _worst = new float[_queries.Length];
        _true = new int[_queries.Length * Length];
        if (Length > 0)
        {
            Search();
        }
    }

    /// <summary>K - 1.</summary>
    public int Length { get; }

    /// <summary>The sampled classes, ascending.</summary>
    public ReadOnlySpan<int> Queries => _queries;

    /// <summary>The true neighbours of a sampled class, nearest first.</summary>
    /// <param name="query">Its place in <see cref="Queries"/>.</param>
    public ReadOnlySpan<int> TrueOf(int query) => _true.AsSpan(query * Length, Length);

    /// <summary>Bytes while the truth is found.</summary>
    public static long BytesFor(int sample, int k, int width, int threads) =>
        (4L * sample * width) + (threads * (KeyPanel.BytesFor(Chunk, width) + (8L * sample * k)));

    /// <summary>Recall of a finished table of all classes.</summary>
    public static double Measure(IUnitRows rows, NeighbourTable table, int sample, ulong seed, WorkerTeam team) =>
        new GraphRecall(rows, table.K, sample, seed, team).Of(c => table.Of(c)[1..].ToArray());

    /// <summary>Recall of a graph, 0 to 1.</summary>
    /// <param name="listOf">The K - 1 or more other classes in a class's list, nearest first.</param>
    public double Of(Func<int, int[]> listOf)
    {
        if (Length == 0)
        {
            return 1;
        }

        var found = 0L;
        _team.RunBlocks(_queries.Length, 16, (start, count, _) =>
        {
            using var query = new NativeBuffer<float>(_rows.Width);
            using var scores = new NativeBuffer<float>(Length);
            for (var i = (int)start; i < start + count; i++)
            {
                var list = listOf(_queries[i]).AsSpan(0, Length);
                _rows.Gather([_queries[i]], query.Pointer);
                _rows.Dots(query.Pointer, list, scores.Pointer);
                var hits = 0;
                for (var n = 0; n < Length; n++)
                {
                    hits += scores.Pointer[n] >= _worst[i] - Rounding && list[n] != _queries[i] && !list[..n].Contains(list[n]) ? 1 : 0;
                }

                Interlocked.Add(ref found, hits);
            }
        });
        return found / ((double)_queries.Length * Length);
    }

    /// <summary>Distinct classes, in order; a pure function of its arguments.</summary>
    internal static int[] Sample(long classes, int sample, ulong seed)
    {
        if (classes <= sample)
        {
            return Numbers.Range(0, (int)classes);
        }

        var chosen = new HashSet<int>();
        for (var draw = 0UL; chosen.Count < sample; draw++)
        {
            chosen.Add((int)Math.BigMul(SplitMix64.Derive(seed, draw), (ulong)classes, out _));
        }

        return [.. chosen.Order()];
    }

    // Exact search, the keys split over the team.
    private void Search()
    {
        var n = _queries.Length;
        using var tile = new NativeBuffer<float>((long)(n + ScoreTile.Queries) * _rows.Width);
        _rows.Gather(_queries, tile.Pointer);
        using var scores = new Scratch<float>(_team.Threads, (long)n * Length);
        using var ids = new Scratch<int>(_team.Threads, (long)n * Length);
        var panels = new KeyPanel[_team.Threads];
        try
        {
            for (var w = 0; w < _team.Threads; w++)
            {
                panels[w] = new KeyPanel(Chunk, _rows.Width);
                for (var q = 0; q < n; q++)
                {
                    List(scores, ids, w, q).Clear();
                }
            }

            _team.RunBlocks(_rows.Count, Chunk, (start, count, worker) =>
            {
                panels[worker].Fill(Numbers.Range(start, count), _rows);
                TileSearch.Search(tile.Pointer, _queries, panels[worker], _rows.Width, null, scores.Of(worker), ids.Of(worker), Length);
            });
        }
        finally
        {
            foreach (var panel in panels)
            {
                panel?.Dispose();
            }
        }

        for (var q = 0; q < n; q++)
        {
            var merged = List(scores, ids, 0, q);
            for (var w = 1; w < _team.Threads; w++)
            {
                var other = List(scores, ids, w, q);
                for (var i = 0; i < Length; i++)
                {
                    merged.Add(other.Scores[i], other.Ids[i]);
                }
            }

            _worst[q] = merged.Worst;
            new Span<int>(merged.Ids, Length).CopyTo(_true.AsSpan(q * Length));
        }
    }

    private NearestList List(Scratch<float> scores, Scratch<int> ids, int worker, int query) =>
        new(scores.Of(worker) + ((long)query * Length), ids.Of(worker) + ((long)query * Length), Length);
}
