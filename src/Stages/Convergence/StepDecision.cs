// What a convergence policy decides for one step.
namespace XClassFlow.Stages.Convergence;

/// <summary>A decision; part of the step's plan and of the report.</summary>
/// <param name="BackboneRate">Learning rate of the backbone.</param>
/// <param name="HeadRate">Learning rate of the class-parallel head.</param>
/// <param name="MicroBatches">Micro-batches that this step accumulates; null: as configured.</param>
/// <param name="Why">The reason in a few words, for the report.</param>
public readonly record struct StepDecision(double BackboneRate, double HeadRate, int? MicroBatches, string Why);
