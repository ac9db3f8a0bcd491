// The approximate class graph: parts, exact search inside them, propagation until recall suffices.
namespace XClassFlow.Stages.Selection.Graph;

/// <summary>
/// Divide and conquer with neighbourhood propagation, after Binary Distributed Graph (Zhao et al., CIKM 2019), on the real vectors instead of binary codes. For a seed the result is the same
/// whatever the number of threads. Cost grows like N for parts of one size; memory is 8 bytes per class and kept neighbour, and 8 t or 4 (K - 1) more.
/// </summary>
internal static unsafe class ApproximateGraph
{
    /// <summary>Builds a graph from nothing.</summary>
    /// <param name="rows">All N rows; borrowed.</param>
    /// <param name="settings">How.</param>
    /// <param name="team">Who computes.</param>
    /// <param name="progress">Is told how far it is, on the computing threads; may be null.</param>
    /// <returns>The graph; the caller owns it.</returns>
    /// <exception cref="Data.UserErrorException">The settings or the memory bound do not allow it; nothing has been allocated then.</exception>
    public static GraphBuild Build(IUnitRows rows, ApproximateGraphSettings settings, WorkerTeam team, IProgress<GraphProgress>? progress)
    {
        settings.Validate(rows.Count);
        var plan = ApproximatePlan.For(rows, settings, team.Threads);
        using var run = new ApproximateRun(rows, settings, plan, team, progress);
        run.SearchParts();
        for (var round = 0; round < settings.MaxRounds && run.Recall < settings.TargetRecall; round++)
        {
            var before = run.Recall;
            run.Propagate(plan.Reach);
            if (run.Recall < before + 0.001)
            {
                break;
            }
        }

        return run.Finish();
    }

    /// <summary>Brings a graph up to date after the rows have moved: old neighbours and their neighbours are scored again.</summary>
    /// <param name="rows">The rows as they are now; borrowed.</param>
    /// <param name="old">The graph of before, of all classes and at least two neighbours; borrowed.</param>
    /// <param name="rounds">Rounds; one is enough while classes keep most of their neighbours.</param>
    /// <param name="settings">K must be the old one's.</param>
    /// <param name="team">Who computes.</param>
    /// <param name="progress">May be null.</param>
    /// <returns>The new graph; the caller owns it.</returns>
    public static GraphBuild Refresh(
        IUnitRows rows, NeighbourTable old, int rounds, ApproximateGraphSettings settings, WorkerTeam team, IProgress<GraphProgress>? progress)
    {
        settings = settings with { K = old.K, Breadth = 0, Sample = settings.RefreshSample };
        settings.Validate(rows.Count);
        if (old.Classes != rows.Count || old.ClassStart != 0)
        {
            throw new ArgumentException($"a graph of classes {old.ClassStart} to {old.ClassStart + old.Classes} for {rows.Count} rows", nameof(old));
        }

        var plan = ApproximatePlan.ForRefresh(rows, settings, team.Threads);
        using var run = new ApproximateRun(rows, settings, plan, team, progress);
        run.TakeUp(old);
        for (var round = 0; round < rounds; round++)
        {
            run.Propagate(plan.Reach);
        }

        return run.Finish();
    }
}
