// Supervisor to node: all have loaded their parts, open the lane.
namespace XClassFlow.Cluster.Membership.Wire;

internal sealed record Connect(string Run, long Incarnation) : IWireMessage;
