// Supervisor to node: finish a step and write a checkpoint, the run goes on with another layout.
namespace XClassFlow.Cluster.Membership.Wire;

internal sealed record Pause(string Run, long Incarnation) : IWireMessage;
