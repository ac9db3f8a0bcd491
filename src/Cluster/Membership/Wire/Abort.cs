// Supervisor to node: this incarnation and those before it are over; stop and forget.
namespace XClassFlow.Cluster.Membership.Wire;

/// <summary>The node answers with its state <see cref="NodePhase.Idle"/> when nothing of it runs any more.</summary>
internal sealed record Abort(string Run, long Incarnation) : IWireMessage;
