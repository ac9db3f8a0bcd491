// The answer to AskRun.
namespace XClassFlow.Cluster.Membership.Wire;

/// <param name="Run">The run.</param>
/// <param name="Returns">As of the last layout that the node had, with its own first step filled in.</param>
internal sealed record RunTold(RunSpec Run, IReadOnlyList<long> Returns) : IWireMessage;
