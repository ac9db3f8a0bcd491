// Learning rates that fall by a factor at given points of the run.
using XClassFlow.Data;

namespace XClassFlow.Stages.Convergence;

/// <summary>After a linear warm-up the rates are multiplied by the factor once for every milestone that has passed.</summary>
public sealed class StepDecayPolicy : SchedulePolicy
{
    private readonly Settings settings;
    private readonly WarmUp warmUp;
    private readonly long[] milestones;

    /// <exception cref="UserErrorException">A setting is out of its range.</exception>
    public StepDecayPolicy(Settings settings, long totalSteps)
        : base(Checked(settings).Rates, totalSteps)
    {
        this.settings = settings;
        warmUp = new(settings.WarmUp, totalSteps);
        milestones = [.. settings.Milestones.Select(m => (long)Math.Round(m * totalSteps))];
    }

    private protected override (double Factor, string Why) Factor(long step)
    {
        if (warmUp.Factor(step) is { } rising)
        {
            return (rising, "warm-up");
        }

        var passed = milestones.Count(m => step >= m);
        return (Math.Pow(settings.Factor, passed), passed == 0 ? "before the first milestone" : $"after milestone {passed} of {milestones.Length}");
    }

    private static Settings Checked(Settings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validate("convergence");
        return settings;
    }

    /// <summary>Settings of step decay.</summary>
    public sealed record Settings : IConvergenceSettings
    {
        public Rates Rates { get; init; } = new();

        /// <summary>Share of the run over which the rates rise, in [0, 1].</summary>
        public double WarmUp { get; init; } = 0.05;

        /// <summary>Shares of the run at which the rates fall, rising.</summary>
        public IReadOnlyList<double> Milestones { get; init; } = [0.5, 0.75, 0.9];

        /// <summary>What the rates are multiplied by at each milestone.</summary>
        public double Factor { get; init; } = 0.1;

        /// <inheritdoc/>
        public void Validate(string path)
        {
            Rates.Validate($"{path}.rates");
            SettingsCheck.Within(path, "warm-up", WarmUp, 0, 1);
            SettingsCheck.Within(path, "factor", Factor, 0, 1);
            for (var i = 0; i < Milestones.Count; i++)
            {
                SettingsCheck.Within(path, "milestones", Milestones[i], i == 0 ? 0 : Milestones[i - 1], 1);
            }
        }
    }
}
