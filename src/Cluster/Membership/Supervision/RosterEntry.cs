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

    /// <summary>It has said that it leaves.</summary>
    public bool Leaving { get; set; }

    /// <summary>What it said last; null: nothing yet.</summary>
    public NodeState? State { get; set; }

    public IActorRef? Agent { get; set; }

    public NodePlace Place => new(State!.Node, State.Lane, State.Roles);
}
