// Supervisor to submitter: this is your run.
namespace XClassFlow.Cluster.Membership.Wire;

/// <param name="Submitted">Identity under which it was submitted.</param>
/// <param name="Run">Identity of the run; another one where the run was there already.</param>
internal sealed record Accepted(string Submitted, string Run) : IWireMessage;
