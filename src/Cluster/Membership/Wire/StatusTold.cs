// The answer to AskStatus.
namespace XClassFlow.Cluster.Membership.Wire;

internal sealed record StatusTold(ClusterStatus Status) : IWireMessage;
