// The parts of a graph that other nodes run.
using XClassFlow.Stages.Flow;

namespace XClassFlow.Cluster.Hosting;

/// <summary>Transport to the instances on other nodes.</summary>
internal interface IRemoteParts : IDelivery
{
    /// <summary>Whether an instance runs on this node.</summary>
    bool IsLocal(StageAddress address);

    /// <summary>Hands over what has arrived so far and from now on.</summary>
    void Attach(IArrivals arrivals, FlowGraph graph, GraphPorts ports);

    /// <summary>The part has ended: what still arrives is disposed, and nothing is sent any more.</summary>
    void Detach();
}
