// What the benchmark of the all-reduce found.
namespace XClassFlow.Cluster.Benchmarks;

/// <summary>Result of one run; plain data, to be written as JSON.</summary>
/// <param name="Processors">Cores of the machine.</param>
/// <param name="Peer">What it was compared with; null where OpenMPI is not installed.</param>
/// <param name="Cells">One entry per number of processes and size.</param>
public sealed record AllReduceResult(int Processors, string? Peer, IReadOnlyList<AllReduceCell> Cells);
