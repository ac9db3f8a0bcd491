// The ways in which a host calls a stage.
namespace XClassFlow.Stages.Flow;

/// <summary>What a host asks of a stage. The order of these calls and the messages are all that a stage's output depends on.</summary>
public enum StageCall
{
    /// <summary><see cref="Stage.Start"/>.</summary>
    Start,

    /// <summary>The handler of an inlet.</summary>
    Inlet,

    /// <summary><see cref="Stage.Produce"/>.</summary>
    Produce,

    /// <summary><see cref="Stage.Complete"/>.</summary>
    Complete,
}
