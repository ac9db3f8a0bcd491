// The whole class graph again, from the parts that a checkpoint's shards hold.
using XClassFlow.Stages.Head;
using XClassFlow.Stages.Selection.Graph;

namespace XClassFlow.Stages.Selection;

internal static class StoredGraph
{
    /// <summary>Joins the parts.</summary>
    /// <param name="parts">Shard s's neighbours of all classes, in the order of the shards.</param>
    /// <param name="partition">Which shard owns which classes.</param>
    /// <param name="k">K.</param>
    /// <returns>The lists, which the caller owns; null where the parts hold no graph with this K.</returns>
    public static NeighbourTable? Join(IReadOnlyList<ClassGraphState> parts, ClassPartition partition, int k)
    {
        if (parts.Sum(p => p.Rows.LongLength) != partition.Classes * k || parts.Any(p => p.Offsets.LongLength != partition.Classes + 1 || p.Ranks.Any(r => r < 0 || r >= k)))
        {
            return null;
        }

        var table = new NeighbourTable(0, partition.Classes, k);
        for (var shard = 0; shard < parts.Count; shard++)
        {
            var (part, start) = (parts[shard], (int)partition.StartOf(shard));
            for (var c = 0L; c < partition.Classes; c++)
            {
                var list = table.Of(c);
                for (var i = part.Offsets[c]; i < part.Offsets[c + 1]; i++)
                {
                    list[part.Ranks[i]] = start + part.Rows[i];
                }
            }
        }

        return table;
    }
}
