// Names and addresses of the control plane's actors.
using Akka.Actor;
using Akka.Cluster;

namespace XClassFlow.Cluster.Membership;

/// <summary>Who is reached where.</summary>
internal static class Actors
{
    public const string AgentName = "agent";
    public const string SubmitterName = "submitter";
    public const string ManagerName = "supervision";
    public const string SupervisorName = "supervisor";

    /// <summary>The agent of a node.</summary>
    public static ActorSelection AgentOn(IActorRefFactory factory, Address node) => factory.ActorSelection(new RootActorPath(node) / "user" / AgentName);

    /// <summary>The supervisor, which is on the oldest member; null while there is no member. A message to one that has not started is lost: senders repeat.</summary>
    public static ActorSelection? Supervisor(IActorRefFactory factory, Akka.Cluster.Cluster cluster)
    {
        Member? oldest = null;
        foreach (var member in cluster.State.Members.Where(m => m.HasRole(AkkaSystem.NodeRole) && m.Status is Akka.Cluster.MemberStatus.Up or Akka.Cluster.MemberStatus.Leaving))
        {
            oldest = oldest is null || member.IsOlderThan(oldest) ? member : oldest;
        }

        return oldest is null ? null : factory.ActorSelection(new RootActorPath(oldest.Address) / "user" / ManagerName / SupervisorName);
    }
}
