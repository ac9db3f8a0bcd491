// A member as the supervisor knows it.
using Akka.Actor;
using Akka.Cluster;
using XClassFlow.Cluster.Membership.Wire;

namespace XClassFlow.Cluster.Membership.Supervision;

/// <summary>Mutable; belongs to <see cref="Roster"/>.</summary>
internal sealed class RosterEntry(UniqueAddress address)
{
    public UniqueAddress Address { get; } = address;

    public bool Reachable { get; set; } = true;

    /// <summary>Akka says that it leaves, or was removed.</summary>
    public bool Going { get; set; }

    /// <summary>It was asked to leave and does so in order.</summary>
    public bool LeavesInOrder => State is { Leaving: true };

    /// <summary>Nothing new is to be given to it.</summary>
    public bool Leaving => Going || LeavesInOrder;

    /// <summary>What it said last; null: nothing yet.</summary>
    public NodeState? State { get; set; }

    public IActorRef? Agent { get; set; }

    public NodePlace Place => new(State!.Node, State.Lane, State.Roles);
}
