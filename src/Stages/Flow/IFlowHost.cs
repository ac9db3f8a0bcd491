// A host runs a whole graph to its end; inline, actors and cluster differ only here.
namespace XClassFlow.Stages.Flow;

/// <summary>Runs graphs. The same graph gives the same numbers under every host.</summary>
public interface IFlowHost
{
    /// <summary>Runs until every stage has completed.</summary>
    /// <exception cref="StageException">A stage failed; everything was stopped and all messages were disposed.</exception>
    /// <exception cref="Data.UserErrorException">The graph or an input is wrong.</exception>
    /// <exception cref="FlowStalledException">Nothing can go on.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was signalled; an orderly end is the supervisor's business, not this token's.</exception>
    Task RunAsync(FlowGraph graph, FlowOptions options, CancellationToken cancel);

    /// <summary>Seconds each instance has worked so far; any thread.</summary>
    IReadOnlyList<(StageAddress Stage, double BusySeconds)> Load { get; }
}
