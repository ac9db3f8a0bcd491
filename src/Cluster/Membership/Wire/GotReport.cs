// Submitter to supervisor: I have all I need.
namespace XClassFlow.Cluster.Membership.Wire;

internal sealed record GotReport(string Run) : IWireMessage;
