// A node of a test.
using XClassFlow.Cluster.Membership.Node;

namespace XClassFlow.Cluster.Tests.Membership;

internal sealed record TestNode(string Name, FakeRuntime Runtime, NodeProcess Process)
{
    /// <summary>Ends the actor system without a word to the others, as a crash does.</summary>
    public void Kill() => ((Akka.Actor.ExtendedActorSystem)Process.System).Abort();
}
