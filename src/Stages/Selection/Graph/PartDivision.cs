// Decides how the classes are divided: how large parts are and how many of them a class looks into.
namespace XClassFlow.Stages.Selection.Graph;

/// <summary>The parts and how they will be searched. The tree is the caller's to dispose.</summary>
/// <param name="Tree">The parts.</param>
/// <param name="PartsPerClass">t.</param>
/// <param name="MaxKeys">Most keys of a piece of a part.</param>
/// <param name="Forecast">Expected recall of the search; null where t was given.</param>
internal sealed record PartDivision(PartTree Tree, int PartsPerClass, int MaxKeys, double? Forecast)
{
    // Pairs that a part search compares in the time of one row's round of propagation (bench -- graph, n=100000 data=random).
    private const int RoundCost = 20_000;

    // With one part per class the graph falls into pieces that a later refresh cannot join.
    private const int LeastAlone = 2;

    // With fewer, parts hang together by too few classes for neighbours of neighbours to cross from one to the other (measured: with one part a round finds nothing).
    private const int LeastBeforeRound = 4;

    // The forecast is a sample too.
    private const double Margin = 0.005;

    /// <summary>Trains parts of the size asked for, and larger ones while the target is out of reach, up to half of all pairs.</summary>
    /// <param name="rows">All rows.</param>
    /// <param name="settings">Part size, t (0: by forecast), target, memory bound.</param>
    /// <param name="plan">The plan for that part size.</param>
    /// <param name="truth">The sample.</param>
    /// <param name="team">Who computes.</param>
    public static PartDivision Find(IUnitRows rows, ApproximateGraphSettings settings, ApproximatePlan plan, GraphRecall truth, WorkerTeam team)
    {
        while (true)
        {
            var tree = PartTree.Train(rows, plan.Parts, settings.Seed, team);
            try
            {
                var most = Math.Min(plan.MostPartsPerClass, tree.Count);
                if (settings.PartsPerClass > 0)
                {
                    return new PartDivision(tree, most, plan.MaxKeys, null);
                }

                var recall = PartForecast.Recall(rows, tree, truth, most, team);
                var t = Choose(recall, settings);
                var larger = settings with { PartSize = 2 * settings.PartSize };
                if (t > 0 || plan.Parts <= 2 || (long)most * larger.PartSize > rows.Count / 2 || ApproximatePlan.Find(rows, larger, team.Threads) is not { } next)
                {
                    t = t > 0 ? t : most;
                    return new PartDivision(tree, t, plan.MaxKeys, recall[t - 1]);
                }

                (settings, plan) = (larger, next);
            }
            catch
            {
                tree.Dispose();
                throw;
            }

            tree.Dispose();
        }
    }

    // The least work that is expected to reach the target: enough parts, or fewer and a round of propagation, which about squares the share that is missed. 0: neither can.
    private static int Choose(double[] recall, ApproximateGraphSettings settings)
    {
        var alone = Array.FindIndex(recall, r => r >= settings.TargetRecall + Margin) + 1;
        alone = alone > 0 ? Math.Min(Math.Max(alone, LeastAlone), recall.Length) : 0;
        var before = settings.MaxRounds == 0 ? 0 : Array.FindIndex(recall, r => r >= 1 - Math.Sqrt(1 - settings.TargetRecall)) + 1;
        before = before > 0 ? Math.Min(Math.Max(before, LeastBeforeRound), recall.Length) : 0;
        return alone > 0 && (before == 0 || alone <= before + (RoundCost / settings.PartSize)) ? alone : before;
    }
}
