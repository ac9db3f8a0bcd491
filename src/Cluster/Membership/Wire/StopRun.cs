// End the run in order: after a step, with a checkpoint and a report.
namespace XClassFlow.Cluster.Membership.Wire;

/// <summary>From the submitter to the supervisor, and from there to the nodes.</summary>
internal sealed record StopRun(string Run) : IWireMessage;
