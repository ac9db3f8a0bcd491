// This node's part of one incarnation, ready to run.
using XClassFlow.Cluster.Lane;
using XClassFlow.Stages.Timelines;

namespace XClassFlow.Cluster.Membership;

/// <summary>A prepared part of a run. Disposing frees everything, run or not.</summary>
internal interface INodeRun : IAsyncDisposable
{
    /// <summary>N, for the class ranges of the status.</summary>
    long Classes { get; }

    /// <summary>The step it will begin with.</summary>
    long FirstStep { get; }

    /// <summary>Samples that the steps before it took.</summary>
    long FirstSample { get; }

    /// <summary>Bytes this part has sent on the lane so far; also when it is disposed.</summary>
    long BytesSent { get; }

    /// <summary>What its timeline holds so far; null: there is none. Asked for when it has run.</summary>
    TimelineTotals? Timeline => null;

    /// <summary>Opens the lane to the other nodes; called once, when all of them have loaded their parts, so its time limits do not count how long that takes.</summary>
    /// <param name="lane">This process's end of the data plane.</param>
    /// <param name="cancel">The incarnation was given up.</param>
    /// <exception cref="LaneException">A node was not reached.</exception>
    Task ConnectAsync(ILaneEndpoint lane, CancellationToken cancel);

    /// <summary>Runs this node's stages to the end. Other nodes may still be at work then: it is disposed when the run is over everywhere.</summary>
    /// <param name="stop">Asks for an orderly end after a step and a checkpoint (of effect on node 0, which plans the steps).</param>
    /// <param name="abort">Ends at once, because another node failed or was lost; nothing of this incarnation may be published after it.</param>
    /// <returns>On node 0 the report (JSON, <see cref="Stages.Reporting.RunReport"/>); null elsewhere.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="abort"/> was signalled.</exception>
    /// <exception cref="LaneException">Another node is gone: not this node's fault.</exception>
    /// <exception cref="Data.UserErrorException">An input is wrong.</exception>
    Task<string?> RunAsync(CancellationToken stop, CancellationToken abort);
}
