// Everything known about a finished step.
using XClassFlow.Stages.Convergence;

namespace XClassFlow.Stages.Training;

/// <summary>A finished step, for progress and the report.</summary>
/// <param name="Plan">What was decided.</param>
/// <param name="Why">Why, in the policy's words.</param>
/// <param name="Top1">Share of hits among the active classes.</param>
/// <param name="ActiveClasses">Active classes over all shards that a sample was compared with, mean over the samples.</param>
/// <param name="UpdatedClasses">Classes over all shards whose weights the step updated.</param>
/// <param name="Outcome">What was measured.</param>
public sealed record StepRecord(StepPlan Plan, string Why, double Top1, double ActiveClasses, long UpdatedClasses, StepOutcome Outcome)
{
    /// <summary>Mean loss over the active classes.</summary>
    public double Loss => Outcome.Loss;
}
