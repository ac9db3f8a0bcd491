// A range of classes in the status of a cluster.
namespace XClassFlow.Cluster.Membership;

/// <param name="Shard">Number of the shard.</param>
/// <param name="ClassStart">Its first class.</param>
/// <param name="ClassEnd">The class behind its last one; equal to the first while N is not known.</param>
public sealed record ShardStatus(int Shard, long ClassStart, long ClassEnd);
