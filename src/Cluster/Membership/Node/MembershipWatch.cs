// Whether a node can stay in the cluster at all.
using System.Diagnostics;
using XClassFlow.Cluster.Membership.Wire;

namespace XClassFlow.Cluster.Membership.Node;

/// <summary>Looks at what Akka knows of the members, at every tick of the agent.</summary>
/// <param name="cluster">Akka's view.</param>
/// <param name="settings">The cluster settings.</param>
internal sealed class MembershipWatch(Akka.Cluster.Cluster cluster, ClusterSettings settings)
{
    private long? _aloneSince;

    /// <summary>Why this node has to go; null: it can stay.</summary>
    public NodeExit? WhyNot() => TooMany() ?? CutOffWhileJoining();

    // The split-brain resolver decides only for members that are up: a node that is cut off while it joins would wait for ever.
    private NodeExit? CutOffWhileJoining()
    {
        var state = cluster.State;
        var joining = state.Members.Any(m => m.UniqueAddress == cluster.SelfUniqueAddress && m.Status == Akka.Cluster.MemberStatus.Joining);
        var isAlone = joining && state.Members.Count > 1 && state.Members.All(m => m.UniqueAddress == cluster.SelfUniqueAddress || state.Unreachable.Contains(m));
        _aloneSince = isAlone ? _aloneSince ?? Stopwatch.GetTimestamp() : null;
        return _aloneSince is { } since && Stopwatch.GetElapsedTime(since) > settings.Failure.AcceptablePause + (2 * settings.Failure.StableAfter)
            ? new NodeExit(1, "this node was cut off before it had joined; start it again")
            : null;
    }

    // With more members than the quorum allows, two halves could both go on.
    private NodeExit? TooMany()
    {
        var members = cluster.State.Members.Where(m => m.HasRole(AkkaSystem.NodeRole) && m.Status == Akka.Cluster.MemberStatus.Up).ToList();
        return members.Count > settings.MostMembers
            && members.Find(m => m.UniqueAddress == cluster.SelfUniqueAddress) is { } self && !members.Exists(self.IsOlderThan)
            ? NodeExit.Of(new NodeFailure(
                FailureKind.User,
                $"{members.Count} nodes are more than a quorum of {settings.QuorumSize} keeps safe",
                "xclassflow.cluster.quorum",
                $"set quorum = {(members.Count / 2) + 1} on all nodes, or start fewer"))
            : null;
    }
}
