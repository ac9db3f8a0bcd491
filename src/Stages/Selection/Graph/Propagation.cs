// One round of neighbours of neighbours.
namespace XClassFlow.Stages.Selection.Graph;

/// <summary>
/// Every row is compared with the neighbours of its neighbours and of the rows that name it, and keeps the best (step 5 of Binary Distributed Graph; the local join of NN-descent, Dong et al.,
/// WWW 2011). Old lists are read, new ones written: the result depends on no order. The sign bit of an id marks an entry of the last round: a pair of old entries was compared before.
/// </summary>
internal sealed unsafe class Propagation : IDisposable
{
    private const int Block = 256;
    private const int Old = int.MaxValue;

    private readonly IUnitRows _rows;
    private readonly int _length;
    private readonly PropagationReach _reach;
    private readonly WorkerTeam _team;
    private readonly CandidateSet[] _candidates;
    private readonly Scratch<float> _queries;
    private readonly Scratch<float> _scores;
    private readonly Scratch<float> _listScores;

    /// <param name="rows">All rows.</param>
    /// <param name="length">Neighbours per list, the row itself left out.</param>
    /// <param name="reach">How far a round looks.</param>
    /// <param name="team">Who computes.</param>
    public Propagation(IUnitRows rows, int length, PropagationReach reach, WorkerTeam team)
    {
        _rows = rows;
        _length = length;
        _reach = reach with { Neighbours = Math.Min(reach.Neighbours, length), OfEach = Math.Min(reach.OfEach, length) };
        _team = team;
        var capacity = Capacity(length, _reach);
        _candidates = new CandidateSet[team.Threads];
        for (var w = 0; w < team.Threads; w++)
        {
            _candidates[w] = new CandidateSet(capacity);
        }

        _queries = new Scratch<float>(team.Threads, rows.Width);
        _scores = new Scratch<float>(team.Threads, capacity);
        _listScores = new Scratch<float>(team.Threads, length);
    }

    /// <summary>Bytes of a worker.</summary>
    public static long WorkerBytes(int length, PropagationReach reach, int width) =>
        CandidateSet.BytesFor(Capacity(length, reach)) + (sizeof(float) * ((long)width + Capacity(length, reach) + length));

    /// <summary>One round.</summary>
    /// <param name="old">int [N, length], full lists, best first or in any order.</param>
    /// <param name="next">int [N, length]; written, best first.</param>
    /// <param name="reverse">Who names whom in <paramref name="old"/>; null to leave it out.</param>
    /// <param name="order">int [N]: an order in which near rows follow each other, so that the rows of a block share the caches.</param>
    /// <param name="clock">Is told of progress.</param>
    /// <returns>Entries that are new.</returns>
    public long Round(NativeBuffer<int> old, NativeBuffer<int> next, ReverseLists? reverse, NativeBuffer<int> order, BuildClock clock)
    {
        var changed = 0L;
        _team.RunBlocks(_rows.Count, Block, (start, count, worker) =>
        {
            var own = 0;
            for (var i = 0; i < count; i++)
            {
                var row = order.Pointer[start + i];
                Collect(row, old, reverse, _candidates[worker]);
                own += Keep(row, old, next, worker);
            }

            Interlocked.Add(ref changed, own);
            clock.Done(count);
        });
        return changed;
    }

    public void Dispose()
    {
        foreach (var set in _candidates)
        {
            set.Dispose();
        }

        _queries.Dispose();
        _scores.Dispose();
        _listScores.Dispose();
    }

    private static int Capacity(int length, PropagationReach reach) =>
        length + 1 + ((Math.Min(reach.Neighbours, length) + reach.Reverse) * (Math.Min(reach.OfEach, length) + 1));

    // The row's own neighbours first (their scores are not kept), then those it can reach.
    private void Collect(int row, NativeBuffer<int> old, ReverseLists? reverse, CandidateSet candidates)
    {
        candidates.Clear();
        candidates.Exclude(row);
        var list = old.Span((long)row * _length, _length);
        foreach (var id in list)
        {
            candidates.Add(id & Old);
        }

        foreach (var id in list[.._reach.Neighbours])
        {
            Follow(id, old, candidates);
        }

        if (reverse is not null)
        {
            foreach (var id in reverse.Of(row))
            {
                candidates.Add(id & Old);
                Follow(id, old, candidates);
            }
        }
    }

    private void Follow(int through, NativeBuffer<int> old, CandidateSet candidates)
    {
        foreach (var id in old.Span((long)(through & Old) * _length, _reach.OfEach))
        {
            if ((through | id) < 0)
            {
                candidates.Add(id & Old);
            }
        }
    }

    private int Keep(int row, NativeBuffer<int> old, NativeBuffer<int> next, int worker)
    {
        var query = _queries.Of(worker);
        var scores = _scores.Of(worker);
        var rows = _candidates[worker].Rows;
        _rows.Gather([row], query);
        _rows.Dots(query, rows, scores);
        var list = new NearestList(_listScores.Of(worker), next.Pointer + ((long)row * _length), _length);
        list.Clear();
        for (var i = 0; i < rows.Length; i++)
        {
            if (scores[i] >= list.Worst)
            {
                list.Add(scores[i], rows[i]);
            }
        }

        return MarkNew(list, rows[.._length]);
    }

    // The first candidates are the old list.
    private int MarkNew(NearestList list, ReadOnlySpan<int> old)
    {
        var fresh = 0;
        for (var i = 0; i < _length; i++)
        {
            if (!old.Contains(list.Ids[i]))
            {
                list.Ids[i] |= int.MinValue;
                fresh++;
            }
        }

        return fresh;
    }
}
