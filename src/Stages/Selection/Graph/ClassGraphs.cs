// Builds class graphs by the method that is asked for.
namespace XClassFlow.Stages.Selection.Graph;

/// <summary>The one entrance for commands and stages.</summary>
internal static class ClassGraphs
{
    /// <summary>Up to so many classes the exact graph takes no longer than the sampling and the parts of the approximate one (bench -- graph exact=1: about 0.7 CPU seconds at D = 64).</summary>
    public const int ExactUpTo = 32_768;

    /// <summary>What a method means for N classes: exact or approximate.</summary>
    public static GraphMethod Resolve(GraphMethod method, long classes) =>
        method != GraphMethod.Auto ? method : classes <= ExactUpTo ? GraphMethod.Exact : GraphMethod.Approximate;

    /// <summary>Builds a graph of all classes.</summary>
    /// <param name="method">How.</param>
    /// <param name="rows">All N rows; borrowed.</param>
    /// <param name="settings">K, memory bound, seed; the rest counts for the approximate method only.</param>
    /// <param name="team">Who computes.</param>
    /// <param name="progress">May be null; called on the computing threads.</param>
    /// <returns>The graph; the caller owns it.</returns>
    /// <exception cref="Data.UserErrorException">The settings or the memory bound do not allow it.</exception>
    public static GraphBuild Build(GraphMethod method, IUnitRows rows, ApproximateGraphSettings settings, WorkerTeam team, IProgress<GraphProgress>? progress)
    {
        if (Resolve(method, rows.Count) == GraphMethod.Approximate)
        {
            return ApproximateGraph.Build(rows, settings, team, progress);
        }

        var clock = new BuildClock(progress);
        var table = ExactGraph.Build(rows, 0, rows.Count, settings.K, settings.Memory, team, clock);
        try
        {
            clock.Begin("measuring recall", 1);
            var recall = GraphRecall.Measure(rows, table, settings.Sample, settings.Seed, team);
            return new GraphBuild(table, recall, clock.Seconds, [("all pairs", clock.Seconds, recall)]);
        }
        catch
        {
            table.Dispose();
            throw;
        }
    }
}
