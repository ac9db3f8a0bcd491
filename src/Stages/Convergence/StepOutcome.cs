// What the ranks report about a step that is done, as far as policies look at it.
namespace XClassFlow.Stages.Convergence;

/// <summary>Outcome of one step, the same on every rank.</summary>
/// <param name="Step">Number of the step, from 0.</param>
/// <param name="Samples">Samples in its global batch.</param>
/// <param name="Loss">Mean loss over the global batch.</param>
/// <param name="BackboneGradientNorm">Euclidean norm of the reduced gradient of the backbone; null when it was not measured.</param>
public readonly record struct StepOutcome(long Step, long Samples, double Loss, double? BackboneGradientNorm = null)
{
    /// <summary>Whether the weights were updated; false: the step was left out, on all ranks.</summary>
    public bool Applied { get; init; } = true;

    /// <summary>Euclidean norm of the gradient of the active class weights over all shards; null when the step was left out.</summary>
    public double? HeadGradientNorm { get; init; }

    /// <summary>Norms of the backbone's gradient by segment, from the input's side; null when they were not measured.</summary>
    public IReadOnlyList<double>? SegmentNorms { get; init; }

    /// <summary>How much the gradient varies between samples; null when it was not measured.</summary>
    public GradientNoise? Noise { get; init; }

    /// <summary>What a layer-wise optimizer multiplied the rate with; null for others.</summary>
    public TrustRatios? Trust { get; init; }
}
