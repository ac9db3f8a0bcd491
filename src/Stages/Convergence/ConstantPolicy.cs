// The same learning rates at every step.
using XClassFlow.Data;

namespace XClassFlow.Stages.Convergence;

/// <summary>The trivial policy.</summary>
public sealed class ConstantPolicy : SchedulePolicy
{
    /// <exception cref="UserErrorException">A setting is out of its range.</exception>
    public ConstantPolicy(Settings settings, long totalSteps)
        : base(Checked(settings).Rates, totalSteps)
    {
    }

    private protected override (double Factor, string Why) Factor(long step) => (1, "constant");

    private static Settings Checked(Settings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validate("convergence");
        return settings;
    }

    /// <summary>Settings of the constant policy.</summary>
    public sealed record Settings : IConvergenceSettings
    {
        public Rates Rates { get; init; } = new();

        /// <inheritdoc/>
        public void Validate(string path) => Rates.Validate($"{path}.rates");
    }
}
