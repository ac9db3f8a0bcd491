// A node in the status of its cluster.
namespace XClassFlow.Cluster.Membership;

/// <param name="Address">Its address.</param>
/// <param name="Reachable">Whether it answers.</param>
/// <param name="Phase">What it does for the run; unknown: it has not said yet.</param>
/// <param name="Roles">What it may hold.</param>
/// <param name="Node">Its number in the layout; null: it has no part.</param>
/// <param name="Ranks">Backbone replicas it holds.</param>
/// <param name="Shards">Shards it holds.</param>
public sealed record MemberStatus(
    string Address, bool Reachable, string Phase, string Roles, int? Node, IReadOnlyList<int> Ranks, IReadOnlyList<ShardStatus> Shards);
