// The ladder at one number of nodes and one rate.
namespace XClassFlow.Cluster.Benchmarks;

/// <param name="Nodes">Local processes.</param>
/// <param name="Megabits">What each may send, megabits a second.</param>
/// <param name="Links">What joined the nodes.</param>
/// <param name="Rungs">Lowest first.</param>
public sealed record LadderTable(int Nodes, int Megabits, LadderLinks Links, IReadOnlyList<LadderStep> Rungs);
