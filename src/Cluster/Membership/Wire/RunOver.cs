// Supervisor to node and submitter: the run is over, here is how. A node that knows it answers so to a supervisor that does not.
namespace XClassFlow.Cluster.Membership.Wire;

/// <param name="Run">The run.</param>
/// <param name="Failure">Why it failed; null: it ended as planned or was interrupted.</param>
internal sealed record RunOver(string Run, NodeFailure? Failure) : IWireMessage;
