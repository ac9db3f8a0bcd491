// Who is there, who answers, and what they say they do.
using Akka.Actor;
using Akka.Cluster;
using XClassFlow.Cluster.Membership.Wire;

namespace XClassFlow.Cluster.Membership.Supervision;

/// <summary>The members of the cluster from Akka's events and their own messages. A restarted process is another member, whatever its address.</summary>
internal sealed class Roster
{
    private readonly Dictionary<UniqueAddress, RosterEntry> _entries = [];

    public IEnumerable<RosterEntry> All => _entries.Values;

    /// <summary>Members that can take part: they answer, and have said what they are.</summary>
    public IEnumerable<RosterEntry> Ready => _entries.Values.Where(e => e is { Reachable: true, Leaving: false, State: not null });

    /// <summary>Whether every member has said what it is.</summary>
    public bool IsComplete => _entries.Count > 0 && _entries.Values.All(e => e.State is not null);

    public bool HasUnreachable => _entries.Values.Any(e => !e.Reachable);

    public void Add(UniqueAddress member) => _entries.TryAdd(member, new RosterEntry(member));

    public RosterEntry? Remove(UniqueAddress member) => _entries.Remove(member, out var entry) ? entry : null;

    public RosterEntry? Find(UniqueAddress member) => _entries.GetValueOrDefault(member);

    /// <summary>The member that holds the report of a run, and answers; null: none.</summary>
    public RosterEntry? ReportHolder(string run) => Ready.FirstOrDefault(e => e.State is { HasReport: true } s && s.Run == run);

    /// <summary>Takes over what a node says; false where it is no member, or a process that was replaced.</summary>
    public bool Hear(NodeState state, IActorRef agent)
    {
        var entry = _entries.Values.FirstOrDefault(e => e.Address.Uid == state.Uid && e.Address.Address.ToString() == state.Node);
        if (entry is null)
        {
            return false;
        }

        (entry.State, entry.Agent) = (state, agent);
        return true;
    }
}
