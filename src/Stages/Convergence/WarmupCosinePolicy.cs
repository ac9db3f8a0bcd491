// Learning rates that rise in a straight line and fall along half a cosine.
using XClassFlow.Data;

namespace XClassFlow.Stages.Convergence;

/// <summary>
/// Linear warm-up (Goyal et al., arXiv 1706.02677), then cosine annealing (Loshchilov and Hutter, arXiv 1608.03983) from the peak at the end of the warm-up
/// to the final share of it at the end of the run.
/// </summary>
public sealed class WarmupCosinePolicy : SchedulePolicy
{
    private readonly Settings settings;
    private readonly WarmUp warmUp;

    /// <exception cref="UserErrorException">A setting is out of its range.</exception>
    public WarmupCosinePolicy(Settings settings, long totalSteps)
        : base(Checked(settings).Rates, totalSteps)
    {
        this.settings = settings;
        warmUp = new(settings.WarmUp, totalSteps);
    }

    private protected override (double Factor, string Why) Factor(long step)
    {
        if (warmUp.Factor(step) is { } rising)
        {
            return (rising, "warm-up");
        }

        var progress = (double)(step - warmUp.Steps) / Math.Max(1, TotalSteps - warmUp.Steps);
        var cosine = 0.5 * (1 + Math.Cos(Math.PI * progress));
        return (settings.Final + (1 - settings.Final) * cosine, "cosine");
    }

    private static Settings Checked(Settings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validate("convergence");
        return settings;
    }

    /// <summary>Settings of warm-up and cosine.</summary>
    public sealed record Settings : IConvergenceSettings
    {
        public Rates Rates { get; init; } = new();

        /// <summary>Share of the run over which the rates rise, in [0, 1].</summary>
        public double WarmUp { get; init; } = 0.05;

        /// <summary>Share of the peak that is left at the end of the run, in [0, 1].</summary>
        public double Final { get; init; }

        /// <inheritdoc/>
        public void Validate(string path)
        {
            Rates.Validate($"{path}.rates");
            SettingsCheck.Within(path, "warm-up", WarmUp, 0, 1);
            SettingsCheck.Within(path, "final", Final, 0, 1);
        }
    }
}
