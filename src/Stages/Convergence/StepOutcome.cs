// What the ranks report about a step that is done, as far as policies look at it.
namespace XClassFlow.Stages.Convergence;

/// <summary>Outcome of one step, the same on every rank.</summary>
/// <param name="Step">Number of the step, from 0.</param>
/// <param name="Samples">Samples in its global batch.</param>
/// <param name="Loss">Mean loss over the global batch.</param>
/// <param name="BackboneGradientNorm">Euclidean norm of the reduced gradient of the backbone; null when it was not measured.</param>
/// <param name="NoiseScale">Gradient noise scale in samples (McCandlish et al., arXiv 1812.06162); null when it was not measured.</param>
public readonly record struct StepOutcome(long Step, long Samples, double Loss, double? BackboneGradientNorm = null, double? NoiseScale = null);
