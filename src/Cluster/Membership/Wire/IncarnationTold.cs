// Supervisor to submitter: a layout begins to run.
namespace XClassFlow.Cluster.Membership.Wire;

/// <param name="Run">The run.</param>
/// <param name="Number">Number of the layout.</param>
/// <param name="FirstStep">Updates that it goes on from; what was trained beyond them is lost.</param>
/// <param name="FirstSample">Samples that those updates took.</param>
/// <param name="Nodes">Nodes that take part.</param>
/// <param name="Cause">Why there is a new one; empty for the first.</param>
/// <param name="IsFirst">Whether the supervisor knows of none before it that ran: who knows nothing yet can begin with it, and needs the history otherwise.</param>
internal sealed record IncarnationTold(string Run, long Number, long FirstStep, long FirstSample, int Nodes, string Cause, bool IsFirst) : IWireMessage;
