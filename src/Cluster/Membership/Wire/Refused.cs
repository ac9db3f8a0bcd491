// Supervisor to submitter: this run will not be run.
namespace XClassFlow.Cluster.Membership.Wire;

internal sealed record Refused(string Submitted, NodeFailure Failure) : IWireMessage;
