// A whole sweep.
namespace XClassFlow.Cluster.Benchmarks;

/// <param name="Processors">Of the machine, shared by all nodes.</param>
/// <param name="Options">What was measured.</param>
/// <param name="Rows">In the order in which they were measured.</param>
public sealed record GradientSweepResult(int Processors, LadderOptions Options, IReadOnlyList<GradientSweepRow> Rows);
