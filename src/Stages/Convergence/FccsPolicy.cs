// The continuous strategy: after a warm-up the global batch grows with the measured gradient noise, and the temperature falls as fast as the measured loss lets it.
using System.Text.Json;
using XClassFlow.Data;

namespace XClassFlow.Stages.Convergence;

/// <summary>
/// Formulas and sources are in docs/convergence.md. The paper (KDD 2020, arXiv 2102.06025) names the strategy and its effect; the rule here is ours.
/// The length of a run is a number of samples, updates x batch; how many updates they make is what the policy decides.
/// </summary>
public sealed class FccsPolicy : IConvergencePolicy
{
    /// <summary>Losses below this count as this: their logarithm means nothing.</summary>
    private const double LeastLoss = 1e-6;

    /// <summary>What sums of many small parts of the run may lack of it.</summary>
    private const double Rounding = 1e-9;

    private readonly Settings _settings;
    private readonly int _batch;
    private readonly int _microBatches;
    private readonly double _total;
    private FccsState _state = new();

    /// <param name="settings">Settings.</param>
    /// <param name="updates">Updates that the run would make with the configured batch.</param>
    /// <param name="globalBatch">That batch.</param>
    /// <param name="microBatches">Its micro-batches.</param>
    /// <exception cref="UserErrorException">A setting is out of its range.</exception>
    public FccsPolicy(Settings settings, long updates, int globalBatch, int microBatches)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfLessThan(updates, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(globalBatch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(microBatches, 1);
        settings.Validate("convergence.fccs");
        (_settings, _batch, _microBatches, _total) = (settings, globalBatch, microBatches, (double)updates * globalBatch);
    }

    private double WarmUpSamples => _settings.WarmUp * _total;

    private double WindowSamples => _settings.Window * _total;

    /// <inheritdoc/>
    public StepDecision Decide(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        var warming = _state.Planned < WarmUpSamples;
        var growth = warming ? 1 : Grown();
        var speed = warming ? 1 : Speed();
        var microBatches = Math.Min(Math.Max(1, (int)Math.Round(growth * _microBatches)), Left(speed));
        var samples = (long)_batch * microBatches / _microBatches;
        var rise = warming ? Math.Min(1, (_state.Planned + samples) / WarmUpSamples) : 1;
        var temperature = Temperature(_state.Progress);
        var factor = rise * Math.Min(_settings.LargestRate, temperature * Math.Pow((double)microBatches / _microBatches, _settings.RateExponent));
        var progress = Math.Min(1, _state.Progress + (speed * samples / _total));
        _state = _state with { Planned = _state.Planned + samples, Growth = growth, Progress = progress };
        return new(_settings.Rates.Backbone * factor, _settings.Rates.Head * factor, microBatches, Why(warming, microBatches, speed))
        {
            MeasuresNoise = true,
            End = progress >= 1 - Rounding ? "the temperature is at its end" : null,
        };
    }

    /// <inheritdoc/>
    public void Observe(StepOutcome outcome)
    {
        if (!outcome.Applied || !double.IsFinite(outcome.Loss))
        {
            return;
        }

        var (fast, slow) = (Weight(outcome.Samples, WindowSamples), Weight(outcome.Samples, 3 * WindowSamples));
        var loss = Math.Log(Math.Max(outcome.Loss, LeastLoss));
        _state = _state with
        {
            Seen = _state.Seen + (_state.Planned < WarmUpSamples ? 0 : outcome.Samples),
            Fast = _state.Fast + (fast * (loss - _state.Fast)),
            FastWeight = _state.FastWeight + (fast * (1 - _state.FastWeight)),
            Slow = _state.Slow + (slow * (loss - _state.Slow)),
            SlowWeight = _state.SlowWeight + (slow * (1 - _state.SlowWeight)),
        };
        if (outcome.Noise is { } noise && double.IsFinite(noise.Variance) && double.IsFinite(noise.SquaredGradient))
        {
            _state = _state with
            {
                SquaredGradient = _state.SquaredGradient + (fast * (noise.SquaredGradient - _state.SquaredGradient)),
                Variance = _state.Variance + (fast * (noise.Variance - _state.Variance)),
                HasNoise = true,
            };
        }
    }

    /// <inheritdoc/>
    public JsonElement SaveState() => PolicyState.Save(_state);

    /// <inheritdoc/>
    public void RestoreState(JsonElement state) => _state = PolicyState.Restore<FccsState>(state, "the policy fccs");

    private static double Weight(long samples, double horizon) => 1 - Math.Exp(-samples / Math.Max(1, horizon));

    private static string Why(bool warming, int microBatches, double speed) => warming ? "warm-up" : $"{microBatches} micro-batches, {(speed > 1 ? "loss nearly level: hurries" : "loss falls")}";

    /// <summary>
    /// The batch goes towards a share of the noise scale, at most doubling in the samples of <see cref="Settings.Doubling"/>. Where the mean of |G|^2 is not above 0, the gradient is all noise
    /// and the largest batch is right.
    /// </summary>
    private double Grown()
    {
        if (!_state.HasNoise)
        {
            return _state.Growth;
        }

        var scale = _state.SquaredGradient > 0 ? Math.Max(0, _state.Variance) / _state.SquaredGradient : double.PositiveInfinity;
        var target = Math.Clamp(_settings.NoiseShare * scale / _batch, 1, _settings.LargestBatch);
        var pace = Math.Pow(2, _state.Growth * _batch / (_settings.Doubling * _total));
        return Math.Clamp(target, _state.Growth / pace, _state.Growth * pace);
    }

    // Micro-batches to the end of the run at this speed, as many as one step has at least.
    private int Left(double speed)
    {
        var left = Math.Ceiling((1 - _state.Progress - Rounding) * _total * _microBatches / (speed * _batch));
        return (int)Math.Clamp(left, _microBatches, int.MaxValue);
    }

    // How much faster than the run's samples the temperature falls: 1 while the log loss falls steeply, more the leveller it is.
    private double Speed()
    {
        if (_state.Seen < 3 * WindowSamples || _state.SlowWeight <= 0)
        {
            return 1;
        }

        // The means are of losses one and three windows old; what lies between them is two windows.
        var fall = ((_state.Slow / _state.SlowWeight) - (_state.Fast / _state.FastWeight)) / (2 * _settings.Window);
        return 1 + ((_settings.Hurry - 1) * Math.Clamp(1 - (fall / _settings.Slope), 0, 1));
    }

    private double Temperature(double progress)
    {
        var fallen = Math.Clamp((progress - _settings.WarmUp) / Math.Max(1e-9, 1 - _settings.WarmUp), 0, 1);
        return _settings.Final + ((1 - _settings.Final) * 0.5 * (1 + Math.Cos(Math.PI * fallen)));
    }

    /// <summary>Settings of the continuous strategy.</summary>
    public sealed record Settings : IConvergenceSettings
    {
        public Rates Rates { get; init; } = new();

        /// <summary>Share of the run's samples in which the rates rise from 0 and the batch stays as configured.</summary>
        public double WarmUp { get; init; } = 0.05;

        /// <summary>Largest global batch, as a multiple of schedule.batch.</summary>
        public double LargestBatch { get; init; } = 8;

        /// <summary>The batch that is aimed at, as a share of the gradient noise scale.</summary>
        public double NoiseShare { get; init; } = 0.5;

        /// <summary>Share of the run's samples in which the batch may double.</summary>
        public double Doubling { get; init; } = 0.03;

        /// <summary>The rates grow with this power of the batch.</summary>
        public double RateExponent { get; init; } = 1;

        /// <summary>Largest rates, as a multiple of those configured.</summary>
        public double LargestRate { get; init; } = 4;

        /// <summary>Share of the run's samples over which losses and noise are averaged.</summary>
        public double Window { get; init; } = 0.02;

        /// <summary>Fall of the log loss per run length at which the temperature does not hurry.</summary>
        public double Slope { get; init; } = 1;

        /// <summary>How many times faster the temperature falls where the loss does not.</summary>
        public double Hurry { get; init; } = 1.5;

        /// <summary>Last temperature, as a share of the first.</summary>
        public double Final { get; init; }

        /// <inheritdoc/>
        public void Validate(string path)
        {
            Rates.Validate($"{path}.rates");
            SettingsCheck.Within(path, "warm-up", WarmUp, 0, 0.9);
            SettingsCheck.Within(path, "largest-batch", LargestBatch, 1, 1e6);
            SettingsCheck.Positive(path, "noise-share", NoiseShare);
            SettingsCheck.Positive(path, "doubling", Doubling);
            SettingsCheck.Within(path, "rate-exponent", RateExponent, 0, 1);
            SettingsCheck.Within(path, "largest-rate", LargestRate, 1, 1e6);
            SettingsCheck.Within(path, "window", Window, 1e-6, 1);
            SettingsCheck.Positive(path, "slope", Slope);
            SettingsCheck.Within(path, "hurry", Hurry, 1, 100);
            SettingsCheck.Within(path, "final", Final, 0, 1);
        }
    }
}
