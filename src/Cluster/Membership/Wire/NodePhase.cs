// What a node is doing for a run.
namespace XClassFlow.Cluster.Membership.Wire;

/// <summary>Phases of a node's part of an incarnation, in order.</summary>
internal enum NodePhase
{
    /// <summary>Nothing; what it had of the incarnation it names is gone.</summary>
    Idle,

    /// <summary>Loads and checks.</summary>
    Preparing,

    /// <summary>Waits until all others have loaded too.</summary>
    Loaded,

    /// <summary>Opens its lane.</summary>
    Connecting,

    /// <summary>Ready to run.</summary>
    Prepared,

    Running,

    /// <summary>Its part ended as planned.</summary>
    Finished,

    /// <summary>Its part ended with a failure.</summary>
    Failed,

    /// <summary>Is asked to stop and has not yet.</summary>
    Stopping,
}
