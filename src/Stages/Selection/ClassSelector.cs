// Chooses a shard's active rows from the labels of the batch: labels, then neighbours by best rank, then a random sample.
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Selection;

/// <summary>
/// Selection on one shard. It needs no communication: every shard sees all labels and knows which neighbours of every class it owns. The cost is
/// proportional to the labels and the budget, not to N. Not thread-safe: it reuses its marks.
/// </summary>
internal sealed class ClassSelector
{
    private readonly long _classStart;
    private readonly ActiveClassesSettings _settings;
    private readonly int[] _marks;
    private int _mark;

    /// <param name="classStart">First class of the shard.</param>
    /// <param name="classCount">Classes of the shard.</param>
    /// <param name="settings">The rule.</param>
    public ClassSelector(long classStart, long classCount, ActiveClassesSettings settings)
    {
        _classStart = classStart;
        _settings = settings;
        _marks = new int[classCount];
    }

    /// <summary>Chooses rows.</summary>
    /// <param name="labels">Labels of the whole global batch.</param>
    /// <param name="budget">Rows this shard may use; labels are taken beyond it if they are more.</param>
    /// <param name="graph">The shard's part of the class graph; null where the rule needs none.</param>
    /// <param name="seed">Seed of this shard and step.</param>
    public Selection Select(IReadOnlyList<long> labels, long budget, NeighbourIndex? graph, ulong seed)
    {
        if (++_mark == int.MaxValue)
        {
            Array.Clear(_marks);
            _mark = 1;
        }

        budget = Math.Min(budget, _marks.Length);
        var rows = new List<long>((int)budget);
        foreach (var label in labels)
        {
            var row = label - _classStart;
            if (row >= 0 && row < _marks.Length)
            {
                Take(row, rows);
            }
        }

        var labelRows = rows.Count;
        if (graph is not null)
        {
            var share = _settings.Mode == SelectionMode.Mix ? _settings.NeighbourShare : 1;
            TakeNeighbours(labels, graph, labelRows + (long)((budget - labelRows) * share), rows);
        }

        var certain = rows.Count;
        var rest = _marks.Length - certain;
        TakeUniform(budget, rows, seed);
        var sampled = rows.Count - certain;
        var represents = _settings.Mode == SelectionMode.Mix && sampled > 0 ? rest / (double)sampled : 1;
        return new Selection([.. rows], labelRows, certain, represents);
    }

    private bool Take(long row, List<long> rows)
    {
        if (_marks[row] == _mark)
        {
            return false;
        }

        _marks[row] = _mark;
        rows.Add(row);
        return true;
    }

    // All labels' neighbours of rank 1, then those of rank 2, and so on: a fair share for every sample whatever the budget.
    private void TakeNeighbours(IReadOnlyList<long> labels, NeighbourIndex graph, long budget, List<long> rows)
    {
        var distinct = labels.Distinct().ToArray();
        var next = new int[distinct.Length];
        for (var (rank, left) = (0, true); left && rows.Count < budget; rank++)
        {
            left = false;
            for (var i = 0; i < distinct.Length && rows.Count < budget; i++)
            {
                var owned = graph.RowsOf(distinct[i]);
                var ranks = graph.RanksOf(distinct[i]);
                if (next[i] < owned.Length && ranks[next[i]] == rank)
                {
                    Take(owned[next[i]++], rows);
                }

                left |= next[i] < owned.Length;
            }
        }
    }

    private void TakeUniform(long budget, List<long> rows, ulong seed)
    {
        var draw = 0UL;
        if (budget - rows.Count > (_marks.Length - rows.Count) / 2)
        {
            // Most of what is left is wanted: shuffle the rest instead of drawing again and again.
            var rest = Enumerable.Range(0, _marks.Length).Where(r => _marks[r] != _mark).ToArray();
            for (var i = 0; rows.Count < budget; i++)
            {
                var j = i + (int)Below((ulong)(rest.Length - i), seed, draw++);
                (rest[i], rest[j]) = (rest[j], rest[i]);
                Take(rest[i], rows);
            }

            return;
        }

        while (rows.Count < budget)
        {
            Take((long)Below((ulong)_marks.Length, seed, draw++), rows);
        }
    }

    private static ulong Below(ulong limit, ulong seed, ulong draw) => Math.BigMul(Seeds.Mix(seed, draw), limit, out _);
}
