// Supervisor to node: all are prepared, run.
namespace XClassFlow.Cluster.Membership.Wire;

internal sealed record Go(string Run, long Incarnation) : IWireMessage;
