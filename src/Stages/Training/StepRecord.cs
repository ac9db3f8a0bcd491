// Everything known about a finished step.
namespace XClassFlow.Stages.Training;

/// <summary>A finished step, for progress and the report.</summary>
/// <param name="Plan">What was decided.</param>
/// <param name="Why">Why, in the policy's words.</param>
/// <param name="Loss">Mean loss over the active classes.</param>
/// <param name="Top1">Share of hits among the active classes.</param>
/// <param name="ActiveClasses">Active classes over all shards that a sample was compared with, mean over the samples.</param>
/// <param name="UpdatedClasses">Classes over all shards whose weights the step updated.</param>
/// <param name="BackboneGradientNorm">Norm of the reduced backbone gradient.</param>
public sealed record StepRecord(StepPlan Plan, string Why, double Loss, double Top1, double ActiveClasses, long UpdatedClasses, double BackboneGradientNorm);
