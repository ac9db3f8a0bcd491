// One process that watches the run in hand.
using Akka.Actor;

namespace XClassFlow.Cluster.Membership.Supervision;

/// <summary>Mutable; belongs to <see cref="Submission"/>.</summary>
internal sealed class Submitter
{
    public IActorRef Actor { get; set; } = ActorRefs.Nobody;

    /// <summary>The last piece of the report that it asked for.</summary>
    public int Asked { get; set; }

    /// <summary>Whether it has what it needs.</summary>
    public bool GotReport { get; set; }
}
