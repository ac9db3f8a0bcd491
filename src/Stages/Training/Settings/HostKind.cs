// Which host runs the graph.
namespace XClassFlow.Stages.Training;

/// <summary>Hosts; the same graph gives the same numbers under each.</summary>
public enum HostKind
{
    /// <summary>Every stage an actor with a thread of its own.</summary>
    Actors,

    /// <summary>One thread, a fixed order; for debugging and replay.</summary>
    Inline,

    /// <summary>Actors on the nodes of a cluster.</summary>
    Cluster,
}
