// Whether a plan trains or evaluates.

namespace XClassFlow.Stages.Training;

/// <summary>What a plan asks for.</summary>
public enum StepPhase
{
    /// <summary>One weight update.</summary>
    Train,

    /// <summary>One pass over the held-out samples; weights stay as they are.</summary>
    Evaluate,
}
