// Supervisor to submitter: the run is over.
using XClassFlow.Stages.Timelines;

namespace XClassFlow.Cluster.Membership.Wire;

/// <param name="Run">The run.</param>
/// <param name="Failure">Why it failed; null: it ended as planned or was interrupted.</param>
/// <param name="HasReport">Whether node 0 holds a report to ask for.</param>
/// <param name="BytesSent">Bytes that all nodes sent on the lane in all incarnations; of a lost node what it had told.</param>
/// <param name="PeakRssBytes">Largest resident memory of a node.</param>
/// <param name="Timeline">Mean over the nodes that made a timeline; null: none did.</param>
internal sealed record Completed(string Run, NodeFailure? Failure, bool HasReport, long BytesSent, long PeakRssBytes, TimelineTotals? Timeline) : IWireMessage;
