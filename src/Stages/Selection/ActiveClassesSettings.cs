// Settings of the selection of active classes.
using XClassFlow.Data;
using XClassFlow.Stages.Selection.Graph;

namespace XClassFlow.Stages.Selection;

/// <summary>Which classes take part in a step.</summary>
/// <param name="Mode">The rule.</param>
/// <param name="Budget">M, active classes over all shards, labels included; without meaning for mode all.</param>
/// <param name="NeighbourShare">Mode mix: share of what the labels leave of the budget that goes to neighbours.</param>
/// <param name="Neighbours">K, neighbours kept per class, the class itself included.</param>
/// <param name="RebuildEvery">Steps between two class graphs.</param>
/// <param name="Graph">How the class graph is built.</param>
/// <param name="GraphRecall">Approximate graph: recall on a sample below which the old graph is not refreshed but built anew, and at which a build stops looking further.</param>
/// <param name="GraphMemoryMib">Memory that a build may use beyond the rows, in MiB.</param>
public sealed record ActiveClassesSettings(
    SelectionMode Mode = SelectionMode.All, long Budget = 0, double NeighbourShare = 0.5, int Neighbours = 16, long RebuildEvery = 256,
    GraphMethod Graph = GraphMethod.Auto, double GraphRecall = 0.95, int GraphMemoryMib = 4096)
{
    /// <summary>Whether the rule needs a class graph.</summary>
    public bool UsesGraph => Mode is SelectionMode.Knn || (Mode is SelectionMode.Mix && NeighbourShare > 0);

    public void Validate(string path)
    {
        if (Mode != SelectionMode.All && Budget < 1)
        {
            throw new UserErrorException($"budget = {Budget} is no number of classes", path, "set budget = M, for example a tenth of the classes, or mode = all");
        }

        if (NeighbourShare is < 0 or > 1)
        {
            throw new UserErrorException($"neighbour-share = {NeighbourShare} is out of range", path, "use a value in [0, 1]");
        }

        if (Neighbours is < 1 or > 4096)
        {
            throw new UserErrorException($"neighbours = {Neighbours} is out of range", path, "use 1 to 4096; 16 is a good value");
        }

        if (RebuildEvery < 1)
        {
            throw new UserErrorException($"rebuild-every = {RebuildEvery} is out of range", path, "use at least 1 step");
        }

        if (GraphRecall is not (>= 0 and <= 1))
        {
            throw new UserErrorException($"graph-recall = {GraphRecall} is out of range", path, "use a value in [0, 1]; 0.95 is a good one");
        }

        if (GraphMemoryMib < 1)
        {
            throw new UserErrorException($"graph-memory-mib = {GraphMemoryMib} is out of range", path, "use at least 1");
        }
    }

    /// <summary>Checks against the data: M may not exceed N.</summary>
    public void ValidateFor(long classes, string path)
    {
        if (Mode != SelectionMode.All && Budget > classes)
        {
            throw new UserErrorException($"budget = {Budget} is more than the {classes} classes", path, $"use at most {classes}, or mode = all");
        }

        if (Neighbours > classes)
        {
            throw new UserErrorException($"neighbours = {Neighbours} is more than the {classes} classes", path, $"use at most {classes}");
        }
    }
}
