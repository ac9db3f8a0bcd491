// Recall of the class graph in use, from what every shard found among its own rows.
using XClassFlow.Stages.Selection.Graph;
using XClassFlow.Stages.Training;

namespace XClassFlow.Stages.Auditing;

/// <summary>
/// Recall@K as GraphRecall defines it: of the K - 1 nearest other classes of a sampled class, the share that its list holds; a listed class as near as the farthest true one, within
/// rounding, counts. Here rows are those of now, so a graph that was exact when it was built loses recall as they move.
/// </summary>
internal static class AuditedRecall
{
    /// <summary>0 to 1; null where no class was looked at.</summary>
    /// <param name="parts">One per shard.</param>
    /// <param name="k">K, the class itself included.</param>
    public static double? Of(IReadOnlyList<AuditPart> parts, int k)
    {
        var queries = parts[0].Classes;
        if (queries.Length == 0)
        {
            return null;
        }

        if (k == 1)
        {
            return 1;
        }

        var found = 0L;
        var next = new int[parts.Count];
        for (var q = 0; q < queries.Length; q++)
        {
            var worst = parts.SelectMany(p => BestOf(p, q)).Where(c => c.Class != queries[q]).OrderByDescending(c => c.Score).Take(k - 1).Last().Score;
            var hits = 0;
            for (var p = 0; p < parts.Count; p++)
            {
                for (var end = next[p] + parts[p].ListedCounts[q]; next[p] < end; next[p]++)
                {
                    hits += parts[p].Listed[next[p]] != queries[q] && parts[p].ListedScores[next[p]] >= worst - GraphRecall.Rounding ? 1 : 0;
                }
            }

            found += Math.Min(hits, k - 1);
        }

        return found / ((double)queries.Length * (k - 1));
    }

    private static IEnumerable<(long Class, float Score)> BestOf(AuditPart part, int query)
    {
        var length = part.Best.Length / part.Classes.Length;
        return Enumerable.Range(query * length, length).Select(i => (part.BestClasses[i], part.Best[i]));
    }
}
