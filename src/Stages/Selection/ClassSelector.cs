// Chooses a shard's active rows from the labels of the batch: labels, then neighbours by best rank, then a random sample.
using System.Runtime.InteropServices;

namespace XClassFlow.Stages.Selection;

/// <summary>
/// Selection on one shard. It needs no communication: every shard sees all labels and knows which neighbours of every class it owns. The cost is
/// proportional to the labels and the budget, not to N. Not thread-safe: it reuses its marks.
/// </summary>
internal sealed class ClassSelector
{
    private readonly long _classStart;
    private readonly bool _corrects;
    private readonly RowMarks _marks;

    /// <param name="classStart">First class of the shard.</param>
    /// <param name="classCount">Classes of the shard.</param>
    /// <param name="corrects">Whether the sampled rows stand for all that are left (mode mix).</param>
    public ClassSelector(long classStart, long classCount, bool corrects)
    {
        _classStart = classStart;
        _corrects = corrects;
        _marks = new RowMarks(classCount);
    }

    /// <summary>Chooses rows.</summary>
    /// <param name="labels">Labels of the group, those of other shards included.</param>
    /// <param name="budget">Rows this shard may use; labels are taken beyond it if they are more.</param>
    /// <param name="neighbourShare">Share of what the labels leave that goes to neighbours.</param>
    /// <param name="graph">The shard's part of the class graph; null where the rule needs none, or there is none yet: then all that is left is sampled.</param>
    /// <param name="regions">Where far classes are sampled by regions; null: uniformly.</param>
    /// <param name="seed">Seed of this shard and step.</param>
    public Selection Select(IReadOnlyList<long> labels, long budget, double neighbourShare, NeighbourIndex? graph, RegionSampler? regions, ulong seed)
    {
        budget = Math.Min(budget, _marks.Count);
        var rows = new List<long>((int)budget);
        try
        {
            foreach (var label in labels)
            {
                var row = label - _classStart;
                if (row >= 0 && row < _marks.Count)
                {
                    Take(row, rows);
                }
            }

            var labelRows = rows.Count;
            if (graph is not null)
            {
                TakeNeighbours(labels, graph, labelRows + (long)((budget - labelRows) * neighbourShare), rows);
            }

            var certain = rows.Count;
            var represents = TakeFar(labels, Math.Max(0, budget - certain), regions, rows, seed);
            return new Selection([.. rows], labelRows, certain, represents);
        }
        finally
        {
            _marks.Remove(CollectionsMarshal.AsSpan(rows));
        }
    }

    private void Take(long row, List<long> rows)
    {
        if (_marks.Add(row))
        {
            rows.Add(row);
        }
    }

    // All labels' neighbours of rank 1, then those of rank 2, and so on: a fair share for every sample whatever the budget.
    private void TakeNeighbours(IReadOnlyList<long> labels, NeighbourIndex graph, long budget, List<long> rows)
    {
        var distinct = labels.Distinct().ToArray();
        var k = graph.K;
        var owned = new int[distinct.Length * k];
        var ranks = new int[distinct.Length * k];
        var ends = new int[distinct.Length];
        for (var i = 0; i < distinct.Length; i++)
        {
            ends[i] = (i * k) + graph.Read(distinct[i], owned.AsSpan(i * k, k), ranks.AsSpan(i * k, k));
        }

        var next = new int[distinct.Length];
        for (var i = 0; i < next.Length; i++)
        {
            next[i] = i * k;
        }

        for (var (rank, left) = (0, true); left && rows.Count < budget; rank++)
        {
            left = false;
            for (var i = 0; i < distinct.Length && rows.Count < budget; i++)
            {
                if (next[i] < ends[i] && ranks[next[i]] == rank)
                {
                    Take(owned[next[i]++], rows);
                }

                left |= next[i] < ends[i];
            }
        }
    }

    // What each of them stands for, where that is corrected.
    private float[]? TakeFar(IReadOnlyList<long> labels, long count, RegionSampler? regions, List<long> rows, ulong seed)
    {
        if (_corrects && regions is not null)
        {
            return regions.Take(labels, count, rows, _marks, seed);
        }

        var left = _marks.Count - rows.Count;
        unsafe
        {
            new UniformDraw(_marks, rows, seed).Take(null, _marks.Count, left, count);
        }

        if (!_corrects)
        {
            return null;
        }

        var represents = new float[count];
        Array.Fill(represents, left / (float)count);
        return represents;
    }
}
