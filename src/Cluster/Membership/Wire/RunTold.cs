// The answer to AskRun.
namespace XClassFlow.Cluster.Membership.Wire;

internal sealed record RunTold(RunSpec Run) : IWireMessage;
