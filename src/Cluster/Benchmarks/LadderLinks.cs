// What joins the nodes of the ladder.
namespace XClassFlow.Cluster.Benchmarks;

/// <summary>Kinds of slow lines between processes of one machine.</summary>
public enum LadderLinks
{
    /// <summary>Namespaces where they can be made, else a throttle.</summary>
    Auto,

    /// <summary>A network namespace for every node, with lines that the kernel shapes in both directions (<see cref="NamespaceNetwork"/>).</summary>
    Namespaces,

    /// <summary>Loopback; <c>cluster.lane.rate</c> bounds what every node sends.</summary>
    Throttle,
}
