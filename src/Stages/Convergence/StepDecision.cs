// What a convergence policy decides for one step.
namespace XClassFlow.Stages.Convergence;

/// <summary>A decision; part of the step's plan and of the report.</summary>
/// <param name="BackboneRate">Learning rate of the backbone.</param>
/// <param name="HeadRate">Learning rate of the class-parallel head.</param>
/// <param name="MicroBatches">Micro-batches that this step accumulates, which scales its global batch; null: as configured.</param>
/// <param name="Why">The reason in a few words, for the report.</param>
public readonly record struct StepDecision(double BackboneRate, double HeadRate, int? MicroBatches, string Why)
{
    /// <summary>Loss above which the step is not applied, on any rank; a loss that is no number never is where <see cref="Guarded"/> is set.</summary>
    public double LossCeiling { get; init; } = double.PositiveInfinity;

    /// <summary>Whether a step whose loss or gradient is no number, or above the ceiling, is left out instead of applied.</summary>
    public bool Guarded { get; init; }

    /// <summary>Whether the ranks measure what <see cref="StepOutcome.Noise"/> needs.</summary>
    public bool MeasuresNoise { get; init; }

    /// <summary>Why this step is the run's last one; null: it is not the policy that ends it.</summary>
    public string? End { get; init; }

    /// <summary>Why the run has failed and this step is not made; null as long as it has not.</summary>
    public string? Failure { get; init; }

    /// <summary>Whether a periodic checkpoint that is due now has to wait for better times.</summary>
    public bool DefersCheckpoint { get; init; }
}
