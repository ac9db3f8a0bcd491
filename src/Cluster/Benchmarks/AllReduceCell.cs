// What the benchmark of the all-reduce found for one number of processes, one way and one size.
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Benchmarks;

/// <summary>Medians, in milliseconds.</summary>
/// <param name="Ranks">Processes.</param>
/// <param name="Way">In how many hops ours went.</param>
/// <param name="Bytes">Bytes of the gradient.</param>
/// <param name="Milliseconds">Ours: the stage under the actor host, over the lane.</param>
/// <param name="MpiTcp">OpenMPI over TCP, the lane's own medium; null where it was not measured.</param>
/// <param name="MpiShared">OpenMPI over shared memory, its choice within a machine; null where it was not measured.</param>
public sealed record AllReduceCell(int Ranks, AllReduceWay Way, long Bytes, double Milliseconds, double? MpiTcp, double? MpiShared);
