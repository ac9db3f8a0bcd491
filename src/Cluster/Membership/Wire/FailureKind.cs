// Whose fault a failure is.
namespace XClassFlow.Cluster.Membership.Wire;

/// <summary>Kinds of failures, which decide how a run goes on.</summary>
internal enum FailureKind
{
    /// <summary>The configuration or an input is wrong: the run ends everywhere with this line, exit code 2.</summary>
    User,

    /// <summary>Another node is gone: the run goes on from its last checkpoint.</summary>
    Peer,

    /// <summary>Training is in repeated trouble: the run goes back to its last good checkpoint with lower rates, a few times.</summary>
    Trouble,

    /// <summary>A stage failed: it would again; the run ends, exit code 1.</summary>
    Fault,
}
