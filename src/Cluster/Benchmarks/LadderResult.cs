// All ladders of a run of the benchmark.
namespace XClassFlow.Cluster.Benchmarks;

/// <param name="Processors">Of the machine, shared by all nodes.</param>
/// <param name="Options">What was measured.</param>
/// <param name="Ladders">In the order in which they were measured.</param>
public sealed record LadderResult(int Processors, LadderOptions Options, IReadOnlyList<LadderTable> Ladders);
