// The supervisor's picture as a status.
using XClassFlow.Stages.Head;

namespace XClassFlow.Cluster.Membership.Supervision;

/// <summary>Describes; changes nothing.</summary>
internal static class StatusOf
{
    public static ClusterStatus Cluster(string supervisor, SupervisorPhase phase, string? waiting, ActiveRun? run, Roster roster)
    {
        var last = run?.History.Last;
        var inRun = phase == SupervisorPhase.Running ? last : null;
        return new ClusterStatus(
            supervisor,
            Word(phase),
            waiting,
            run?.Spec.Name,
            run?.Incarnation ?? 0,
            run?.Classes ?? 0,
            last?.Step ?? Math.Max(0, run?.FirstStep ?? 0),
            last?.Updates ?? 0,
            inRun?.SamplesPerSecond ?? 0,
            [.. roster.All.OrderBy(e => e.Address.Address.ToString(), StringComparer.Ordinal).Select(e => Member(e, run))]);
    }

    private static MemberStatus Member(RosterEntry entry, ActiveRun? run)
    {
        var address = entry.Address.Address.ToString();
        var layout = run?.Layout;
        var node = layout is null ? -1 : layout.Nodes.Select(n => n.Address).ToList().IndexOf(address);
        ClassPartition? partition = run is { Classes: > 0 } && layout is not null ? new ClassPartition(run.Classes, layout.Shards.Count) : null;
        return new MemberStatus(
            address,
            entry.Reachable,
            entry.State is { } state ? Word(state.Phase) : "unknown",
            entry.State is { } known ? Roles(known.Roles) : "",
            node < 0 ? null : node,
            node < 0 ? [] : Of(layout!.Backbones, node),
            node < 0 ? [] : [.. Of(layout!.Shards, node).Select(s => new ShardStatus(
                s, partition?.StartOf(s) ?? 0, partition?.StartOf(s + 1) ?? 0))]);
    }

    private static int[] Of(IReadOnlyList<int> holders, int node) => [.. Enumerable.Range(0, holders.Count).Where(i => holders[i] == node)];

    private static string Roles(NodeRoles roles) => roles == NodeRoles.All ? "all" : roles.ToString().ToLowerInvariant();

    private static string Word(Enum value) => value.ToString().ToLowerInvariant();
}
