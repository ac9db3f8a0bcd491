// What the continuous strategy remembers from step to step.
namespace XClassFlow.Stages.Convergence;

/// <summary>Goes into checkpoints as JSON.</summary>
internal sealed record FccsState
{
    /// <summary>Samples planned so far.</summary>
    public long Planned { get; init; }

    /// <summary>Position on the temperature's curve, in [0, 1].</summary>
    public double Progress { get; init; }

    /// <summary>Global batch as a multiple of the configured one, before rounding to micro-batches.</summary>
    public double Growth { get; init; } = 1;

    /// <summary>Samples observed after the warm-up.</summary>
    public long Seen { get; init; }

    /// <summary>Sum of the weights of <see cref="Fast"/>, which starts at 0: what it must be divided by.</summary>
    public double FastWeight { get; init; }

    /// <summary>Mean of the log loss over about one window.</summary>
    public double Fast { get; init; }

    /// <summary>As <see cref="FastWeight"/>.</summary>
    public double SlowWeight { get; init; }

    /// <summary>Mean of the log loss over about three windows.</summary>
    public double Slow { get; init; }

    /// <summary>Mean of the estimates of |G|^2.</summary>
    public double SquaredGradient { get; init; }

    /// <summary>Mean of the estimates of tr Sigma.</summary>
    public double Variance { get; init; }

    /// <summary>Whether noise has been measured at all.</summary>
    public bool HasNoise { get; init; }
}
