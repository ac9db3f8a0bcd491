// What the operator hears of a node's joining.
using System.Diagnostics;

namespace XClassFlow.Cluster.Membership.Node;

/// <summary>Looks at what Akka knows of this node, at every tick of the agent; Akka tries for ever, and its own lines about it mean little to who does not know it.</summary>
/// <param name="cluster">Akka's view.</param>
/// <param name="settings">The cluster settings.</param>
/// <param name="limit">How long joining may take without a word.</param>
internal sealed class JoinWatch(Akka.Cluster.Cluster cluster, ClusterSettings settings, TimeSpan limit)
{
    private readonly long _since = Stopwatch.GetTimestamp();
    private bool _warned;
    private bool _joined;

    /// <summary>What has changed; null: nothing. Each line comes once.</summary>
    public string? News()
    {
        var self = cluster.State.Members.FirstOrDefault(m => m.UniqueAddress == cluster.SelfUniqueAddress);
        if (!_joined && self?.Status == Akka.Cluster.MemberStatus.Up)
        {
            _joined = true;
            return $"joined the cluster, {cluster.State.Members.Count} members";
        }

        if (_joined || _warned || Stopwatch.GetElapsedTime(_since) < limit)
        {
            return null;
        }

        _warned = true;
        return self is null
            ? $"no answer from {string.Join(", ", settings.Seeds)}; still trying. Check that a node runs there, and seeds, cluster.name, security and the ports: they must fit on all nodes"
            : "a node answers, and not all members have taken this one in yet; still trying. Check that all members reach each other";
    }
}
