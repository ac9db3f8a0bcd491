// Where a supervisor stands.
namespace XClassFlow.Cluster.Membership.Supervision;

internal enum SupervisorPhase
{
    /// <summary>Just begun: hears all members before it does anything, since there may be a run.</summary>
    Recovering,

    /// <summary>For a run, or for the nodes that it needs.</summary>
    Waiting,

    /// <summary>Nodes load and check.</summary>
    Preparing,

    Running,

    /// <summary>An incarnation is over, and its nodes stop.</summary>
    Stopping,

    /// <summary>The run is over, and everybody is told.</summary>
    Closing,
}
