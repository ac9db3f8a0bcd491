// Submitter to supervisor: run this, or let me watch it if it runs already. Sent again at every tick.
namespace XClassFlow.Cluster.Membership.Wire;

/// <param name="Run">The run.</param>
/// <param name="Known">The last incarnation that the submitter knows, with all before it; 0: none. It is told what it lacks.</param>
internal sealed record Submit(RunSpec Run, long Known) : IWireMessage;
