// How a node's process ends.
using XClassFlow.Cluster.Membership.Wire;

namespace XClassFlow.Cluster.Membership.Node;

/// <param name="Code">Exit code: 0 done, 1 failed or removed by the others, 2 wrong configuration.</param>
/// <param name="Line">Why, and what to do; null: as planned.</param>
/// <param name="Failure">The run's failure, where that is why.</param>
internal sealed record NodeExit(int Code, string? Line, NodeFailure? Failure = null)
{
    public static readonly NodeExit Done = new(0, null);

    public static NodeExit Of(NodeFailure? failure) => failure is null ? Done : new NodeExit(failure.Kind == FailureKind.User ? 2 : 1, failure.Line, failure);
}
