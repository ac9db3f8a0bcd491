// What happened on node 0 since the last time.
namespace XClassFlow.Cluster.Membership.Wire;

/// <param name="Run">The run.</param>
/// <param name="Incarnation">Events of another incarnation are refused.</param>
/// <param name="Events">In the order in which they happened.</param>
internal sealed record Progress(string Run, long Incarnation, IReadOnlyList<RunEvent> Events) : IWireMessage;
