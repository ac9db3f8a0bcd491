// Whether and why the class graph is built after a step.
namespace XClassFlow.Stages.Selection;

/// <summary>What the supervisor decided about the class graph of the steps after a step.</summary>
public enum GraphRenewal
{
    /// <summary>They use the graph that there is, or none.</summary>
    None,

    /// <summary>It is the first one's turn, or that of one in rebuild-every steps.</summary>
    Due,

    /// <summary>An audit found less recall than rebuild-below.</summary>
    LowRecall,
}
