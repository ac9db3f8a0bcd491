// The straight rise of the learning rates at the start of a run.
namespace XClassFlow.Stages.Convergence;

/// <summary>Step i of w warm-up steps has the factor (i + 1) / w: the first step already learns, the last has the peak.</summary>
/// <param name="share">Share of the run, in [0, 1].</param>
/// <param name="totalSteps">Steps of the run.</param>
internal sealed class WarmUp(double share, long totalSteps)
{
    /// <summary>Number of warm-up steps w; 0 when there is none.</summary>
    public long Steps { get; } = (long)Math.Round(share * totalSteps);

    /// <summary>The factor, or null after the warm-up.</summary>
    public double? Factor(long step) => step < Steps ? (step + 1.0) / Steps : null;
}
