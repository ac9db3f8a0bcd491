// Submitter to supervisor: run this, or let me watch it if it runs already. Sent again at every tick.
namespace XClassFlow.Cluster.Membership.Wire;

internal sealed record Submit(RunSpec Run) : IWireMessage;
