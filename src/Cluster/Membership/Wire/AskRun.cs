// A new supervisor to a node: what run is it that you have a part of?
namespace XClassFlow.Cluster.Membership.Wire;

internal sealed record AskRun(string Run) : IWireMessage;
