// Settings of the selection of active classes.
using XClassFlow.Data;
using XClassFlow.Stages.Auditing;
using XClassFlow.Stages.Selection.Graph;

namespace XClassFlow.Stages.Selection;

/// <summary>Which classes take part in a step.</summary>
/// <param name="Mode">The rule.</param>
/// <param name="Budget">M, active classes over all shards, labels included; without meaning for mode all.</param>
/// <param name="Group">
/// Samples that share a set of active classes, one after the other in the batch; 0: see <see cref="GroupOf"/>; the batch size or more: one set. Fewer samples leave each more of its own
/// neighbours at the same number of products; the rows read and updated in a step are those of all groups.
/// </param>
/// <param name="NeighbourShare">Mode mix: share of what the labels leave of the budget that goes to neighbours.</param>
/// <param name="Far">Mode mix: how the far classes are sampled.</param>
/// <param name="Neighbours">K, neighbours kept per class, the class itself included.</param>
/// <param name="RebuildEvery">Steps between two class graphs; 0: not by count.</param>
/// <param name="RebuildBelow">Recall of the class graph in an audit below which it is built anew; 0: never.</param>
/// <param name="GraphStart">Step before which the first class graph is built; until then far classes take the places of neighbours.</param>
/// <param name="Graph">How the class graph is built.</param>
/// <param name="GraphRecall">Approximate graph: recall on a sample below which the old graph is not refreshed but built anew, and at which a build stops looking further.</param>
/// <param name="GraphMemoryMib">Memory that a build may use beyond the rows, in MiB.</param>
/// <param name="Anneal">Whether the first updates have other active classes than the last.</param>
/// <param name="Audit">How often the active classes are held against all classes.</param>
/// <param name="Rebuild">Whether training waits while a class graph is built.</param>
/// <param name="RebuildDelay">Overlapped: updates between the rows that a graph is built of and the first step that uses it; a graph that is not ready then is waited for.</param>
/// <param name="RebuildThreads">Overlapped: threads of a build; 0: a quarter of a stage's, at least one.</param>
public sealed record ActiveClassesSettings(
    SelectionMode Mode = SelectionMode.All, long Budget = 0, int Group = 0, double NeighbourShare = 0.5, int Neighbours = 16, long RebuildEvery = 256, double RebuildBelow = 0, long GraphStart = 0,
    GraphMethod Graph = GraphMethod.Auto, double GraphRecall = 0.95, int GraphMemoryMib = 4096,
    AuditSettings? Audit = null,
    GraphRebuild Rebuild = GraphRebuild.Between, int RebuildDelay = 16, int RebuildThreads = 0, AnnealSettings? Anneal = null, FarSampling Far = FarSampling.Regions)
{
    public AuditSettings Audit { get; init; } = Audit ?? new AuditSettings();

    public AnnealSettings Anneal { get; init; } = Anneal ?? new AnnealSettings();

    /// <summary>Updates between two audits, 0 for none; with all classes active there is nothing to audit.</summary>
    public long AuditEvery => Mode == SelectionMode.All ? 0 : Audit.Every;

    /// <summary>Whether the rule needs a class graph.</summary>
    public bool UsesGraph => Mode is SelectionMode.Knn || (Mode is SelectionMode.Mix && (NeighbourShare > 0 || Anneal.NeighbourShare > 0));

    /// <summary>Whether class graphs come with regions.</summary>
    public bool UsesRegions => Mode == SelectionMode.Mix && UsesGraph && Far == FarSampling.Regions;

    /// <summary>Updates from the rows of a graph to its use; 0: none, training waits for it.</summary>
    public int GraphDelay => Rebuild == GraphRebuild.Overlapped ? RebuildDelay : 0;

    /// <summary>The step before which the graph of a step is built by count alone; null where it uses none yet.</summary>
    public long? GraphOf(long step) => !UsesGraph || step < GraphStart ? null : RebuildEvery == 0 ? GraphStart : Math.Max(GraphStart, step - (step % RebuildEvery));

    /// <summary>M of a step, and the share of what its labels leave of M that goes to neighbours (1 with mode knn, 0 with uniform).</summary>
    /// <param name="progress">Part of the run that is done before the step, 0 to 1.</param>
    public (long Budget, double NeighbourShare) At(double progress) => Mode switch
    {
        SelectionMode.All => (0, 0),
        SelectionMode.Mix => Anneal.At(Budget, NeighbourShare, progress),
        var mode => (Anneal.At(Budget, 0, progress).Budget, mode == SelectionMode.Knn ? 1 : 0),
    };

    /// <summary>
    /// Samples of a group in a batch. Where <see cref="Group"/> is 0: as many as leave room in M for all K neighbours of every one of them, beside the far classes of mode mix. So a step reads at most about
    /// K / share rows a sample, whatever M is. Steps without neighbours gain nothing by groups.
    /// </summary>
    /// <param name="globalBatch">B.</param>
    /// <param name="budget">M of the step.</param>
    /// <param name="neighbourShare">Its share of neighbours.</param>
    public int GroupOf(int globalBatch, long budget, double neighbourShare)
    {
        if (Group > 0 || neighbourShare == 0)
        {
            return Group == 0 ? globalBatch : Math.Min(Group, globalBatch);
        }

        // g labels and their g (K - 1) neighbours are g + share (M - g) rows. A share on its way from or to 0 would make groups of one sample on the way.
        var share = Mode == SelectionMode.Knn ? 1 : NeighbourShare > 0 ? Math.Max(neighbourShare, NeighbourShare) : Anneal.NeighbourShare ?? neighbourShare;
        var most = (int)Math.Clamp(share * budget / (Neighbours - 1 + share), 1, globalBatch);
        var groups = (globalBatch + most - 1) / most;
        return (globalBatch + groups - 1) / groups;
    }

    public void Validate(string path)
    {
        SettingsCheck.Require(
            Mode == SelectionMode.All || Budget >= 1, path, "budget", Budget, "write the number of active classes, for example a tenth of them, or mode = all");
        SettingsCheck.Require(Group >= 0, path, "group", Group, "write 8 samples, or 0 for as many as leave room for all their neighbours");
        SettingsCheck.Within(path, "neighbour-share", NeighbourShare, 0, 1);
        SettingsCheck.Within(path, "neighbours", Neighbours, 1, 4096, "16 is a good value");
        SettingsCheck.Require(RebuildEvery >= 0, path, "rebuild-every", RebuildEvery, "write 256 steps, or 0 to build none by count");
        SettingsCheck.Within(path, "rebuild-below", RebuildBelow, 0, 1);
        SettingsCheck.Require(GraphStart >= 0, path, "graph-start", GraphStart, "write a step, or 0 for a graph of the first weights");
        SettingsCheck.Within(path, "graph-recall", GraphRecall, 0, 1, "0.95 is a good value");
        SettingsCheck.Require(GraphMemoryMib >= 1, path, "graph-memory-mib", GraphMemoryMib, "use at least 1");
        SettingsCheck.Require(RebuildDelay >= 0, path, "rebuild-delay", RebuildDelay, "write 16 updates, or 0 to wait for every graph");
        SettingsCheck.Require(RebuildThreads >= 0, path, "rebuild-threads", RebuildThreads, "write 1 thread, or 0 for a quarter of them");
        if (UsesGraph && RebuildEvery > 0 && GraphDelay >= RebuildEvery)
        {
            throw new UserErrorException($"rebuild-delay = {RebuildDelay} is not below rebuild-every = {RebuildEvery}: a graph would be due before the last one is used", path, $"write at most {RebuildEvery - 1}");
        }

        if (Mode == SelectionMode.All && Anneal.IsOn)
        {
            throw new UserErrorException("there is nothing to anneal where all classes are active", path, "write mode = mix, or anneal { budget = null, neighbour-share = null }");
        }

        if (UsesGraph && RebuildBelow > 0)
        {
            ValidateFloor(path);
        }
    }

    /// <summary>Checks against the data: neither M nor, where there is a class graph, K may exceed N.</summary>
    public void ValidateFor(long classes, string path)
    {
        if (Mode != SelectionMode.All && Math.Max(Budget, Anneal.Budget ?? 0) is var most && most > classes)
        {
            throw new UserErrorException($"budget = {most} is more than the {classes} classes", path, $"use at most {classes}, or mode = all");
        }

        if (UsesGraph && Neighbours > classes)
        {
            throw new UserErrorException($"neighbours = {Neighbours} is more than the {classes} classes", path, $"use at most {classes}");
        }
    }

    private void ValidateFloor(string path)
    {
        if (Audit.Every == 0)
        {
            throw new UserErrorException(FormattableString.Invariant($"rebuild-below = {RebuildBelow} needs audits, which measure recall"), path, "write audit.every = 64, or rebuild-below = 0");
        }

        if (Graph != GraphMethod.Exact && RebuildBelow > GraphRecall)
        {
            throw new UserErrorException(
                FormattableString.Invariant($"rebuild-below = {RebuildBelow} is more than a new graph promises, graph-recall = {GraphRecall}"), path, "write at most graph-recall, or graph = exact");
        }
    }
}
