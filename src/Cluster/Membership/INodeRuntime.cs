// What a node does with a layout; training implements it, tests of the control plane stand in for it.
using XClassFlow.Cluster.Lane;

namespace XClassFlow.Cluster.Membership;

/// <summary>Turns layouts into runs on this node. One run at a time.</summary>
internal interface INodeRuntime
{
    /// <summary>
    /// Loads and checks data, checkpoint and stages of this node's part, and opens its lane; nothing is computed yet. All nodes of the layout do this at the same time.
    /// </summary>
    /// <param name="layout">The layout.</param>
    /// <param name="self">This node's number in it.</param>
    /// <param name="lane">This process's end of the data plane.</param>
    /// <param name="events">Told about progress; only on node 0, and only about what concerns the whole run, except notes.</param>
    /// <param name="cancel">The incarnation was given up.</param>
    /// <exception cref="Data.UserErrorException">The configuration or an input is wrong: the run ends on all nodes.</exception>
    Task<INodeRun> PrepareAsync(RunLayout layout, int self, ILaneEndpoint lane, INodeEvents events, CancellationToken cancel);
}
