// A checkpoint that was written.
namespace XClassFlow.Cluster.Membership.Wire;

/// <param name="Step">The last step in it.</param>
/// <param name="Path">Its directory.</param>
internal sealed record CheckpointTold(long Step, string Path);
