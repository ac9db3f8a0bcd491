// A client to any node, which hands it on to the supervisor.
namespace XClassFlow.Cluster.Membership.Wire;

internal sealed record AskStatus : IWireMessage;
