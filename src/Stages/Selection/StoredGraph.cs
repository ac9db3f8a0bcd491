// The whole class graph again, from the parts that a checkpoint's shards hold.
using XClassFlow.Stages.Head;
using XClassFlow.Stages.Selection.Graph;

namespace XClassFlow.Stages.Selection;

/// <summary>The class graph of a checkpoint. Owns the table and the regions.</summary>
/// <param name="Step">The step before which it was built.</param>
/// <param name="Recall">What was measured then.</param>
/// <param name="Graph">All lists.</param>
/// <param name="Regions">Of the same rows; null where it was made without.</param>
internal sealed record StoredGraph(long Step, double Recall, SharedTable Graph, ClassRegions? Regions = null)
{
    /// <summary>Joins the parts; those of one shard that owned all classes are used where they are mapped.</summary>
    /// <param name="parts">Shard s's neighbours of all classes, in the order of the shards that wrote them; taken over.</param>
    /// <param name="classes">N.</param>
    /// <returns>The graph, which the caller owns; null where the parts are no whole graph of N classes.</returns>
    public static unsafe StoredGraph? Join(IReadOnlyList<ClassGraphState> parts, long classes)
    {
        var (step, recall, first, _) = parts[0];
        if (parts.Any(p => p.Lists.Classes != classes || p.Lists.K != first.K || p.Step != step))
        {
            return null;
        }

        if (parts.Count == 1 && first.Parts is [{ Masks: null } whole])
        {
            return new StoredGraph(step, recall, new SharedTable(whole.Rows, 0));
        }

        var partition = new ClassPartition(classes, parts.Count);
        var table = new NeighbourTable(0, classes, first.K);
        var (rows, ranks) = (new int[first.K], new int[first.K]);
        var found = 0L;
        for (var shard = 0; shard < parts.Count; shard++)
        {
            var (start, count) = (partition.StartOf(shard), partition.CountOf(shard));
            for (var c = 0L; c < classes; c++)
            {
                var list = table.Of(c);
                var n = parts[shard].Lists.Read(c, rows, ranks);
                for (var i = 0; i < n; i++)
                {
                    list[ranks[i]] = (int)(start + rows[i]);
                    found += (uint)rows[i] < count ? 1 : 0;
                }
            }

            parts[shard].Dispose();
        }

        if (found == classes * first.K)
        {
            return new StoredGraph(step, recall, new SharedTable(table));
        }

        table.Dispose();
        return null;
    }
}
