// What a node does with a layout; training implements it, tests of the control plane stand in for it.
namespace XClassFlow.Cluster.Membership;

/// <summary>Turns layouts into runs on this node. One run at a time.</summary>
internal interface INodeRuntime
{
    /// <summary>
    /// Loads and checks data, checkpoint and stages of this node's part; nothing is computed yet. All nodes of the layout do this at the same time, each as long as it takes.
    /// </summary>
    /// <param name="layout">The layout.</param>
    /// <param name="self">This node's number in it.</param>
    /// <param name="events">Told about progress; only on node 0, and only about what concerns the whole run, except notes.</param>
    /// <param name="cancel">The incarnation was given up; also of effect on what the part reads and writes later.</param>
    /// <exception cref="Data.UserErrorException">The configuration or an input is wrong: the run ends on all nodes.</exception>
    Task<INodeRun> PrepareAsync(RunLayout layout, int self, INodeEvents events, CancellationToken cancel);
}
