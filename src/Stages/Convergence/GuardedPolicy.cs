// Puts a guard around a policy: steps that would ruin the weights are left out, and the rates back off.
using System.Globalization;
using System.Text.Json;

namespace XClassFlow.Stages.Convergence;

/// <summary>
/// Leaves the decisions to the policy inside, multiplies its rates by what the guard allows, and gives each step the ceiling of its loss. The ranks check that ceiling themselves, so a
/// step is left out before anything is updated, although this policy hears of it later.
/// </summary>
public sealed class GuardedPolicy : IConvergencePolicy
{
    /// <summary>Part of the first loss that a rise may have beyond its factor: near zero, a loss may be many times the last one and mean nothing.</summary>
    private const double Slack = 0.1;

    private const string InnerKey = "policy";
    private const string GuardKey = "guard";

    private readonly IConvergencePolicy _inner;
    private readonly GuardSettings _settings;
    private GuardState _state = new();

    /// <param name="inner">Decides; taken over.</param>
    /// <param name="settings">Settings of the guard, which is on.</param>
    public GuardedPolicy(IConvergencePolicy inner, GuardSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validate("guard");
        (_inner, _settings) = (inner, settings);
    }

    /// <inheritdoc/>
    public StepDecision Decide(long step)
    {
        var decision = _inner.Decide(step);
        var plateau = _settings.Plateau > 0 && _state.First is not null && step - _state.BestStep > _settings.Plateau;
        return decision with
        {
            BackboneRate = decision.BackboneRate * _state.Factor,
            HeadRate = decision.HeadRate * _state.Factor,
            Why = _state.Factor < 1 ? $"{decision.Why}; rates x {_state.Factor.ToString("G2", CultureInfo.InvariantCulture)} after {_state.Trouble}" : decision.Why,
            Guarded = true,
            LossCeiling = Ceiling(),
            End = decision.End ?? (plateau ? $"no lower loss in {_settings.Plateau} updates" : null),
            Failure = decision.Failure ?? Failure(),
            DefersCheckpoint = decision.DefersCheckpoint || _state.LeftOut > 0 || (_state.Drifts && step < _state.QuietUntil),
        };
    }

    /// <inheritdoc/>
    public void Observe(StepOutcome outcome)
    {
        _inner.Observe(outcome);
        if (!outcome.Applied)
        {
            _state = _state with { LeftOut = _state.LeftOut + 1 };
            Count(outcome.Step, drifts: false, $"a step with {Say(outcome)} was left out");
            return;
        }

        var first = _state.First ?? outcome.Loss;
        var weight = Math.Max(1.0 / _settings.Window, 1.0 / (_state.Averaged + 1));
        var smoothed = _state.First is null ? outcome.Loss : _state.Smoothed + (weight * (outcome.Loss - _state.Smoothed));
        var factor = Math.Min(1, _state.Factor * Math.Pow(2, 1.0 / (_settings.Recovery * Math.Pow(2, Math.Max(0, _state.Troubles - 1)))));
        var isBest = smoothed < _state.Best;
        _state = _state with
        {
            First = first,
            Smoothed = smoothed,
            Averaged = _state.Averaged + 1,
            Lowest = Math.Min(_state.Lowest, smoothed),
            Seen = _state.Seen + 1,
            Factor = factor,
            Troubles = factor < 1 ? _state.Troubles : 0,
            LeftOut = 0,
            Best = isBest ? smoothed : _state.Best,
            BestStep = isBest ? outcome.Step : _state.BestStep,
        };
        if (_state.Seen >= _settings.Window && smoothed > (_settings.Drift * _state.Lowest) + (Slack * first) && Count(outcome.Step, drifts: true, $"a rise of the loss to {Say(smoothed)}"))
        {
            _state = _state with { Lowest = smoothed, Seen = 0 };
        }
    }

    /// <inheritdoc/>
    public JsonElement SaveState() => PolicyState.Save(new Dictionary<string, JsonElement>
    {
        [InnerKey] = _inner.SaveState(),
        [GuardKey] = PolicyState.Save(_state),
    });

    /// <inheritdoc/>
    public void RestoreState(JsonElement state)
    {
        _inner.RestoreState(InnerState(state));

        // A run without a guard may go on with one.
        if (state.ValueKind == JsonValueKind.Object && state.TryGetProperty(GuardKey, out var guard))
        {
            _state = PolicyState.Restore<GuardState>(guard, "a guard");

            // Checkpoints of earlier versions have one count, which begins anew with a drift.
            if (_state.Averaged == 0)
            {
                _state = _state with { Averaged = _state.Drifts ? Math.Max(_settings.Window, _state.Seen) : _state.Seen };
            }
        }
    }

    /// <summary>Backs the rates off because the run, given up, has gone back to the checkpoint whose state was restored: once for every time.</summary>
    /// <param name="times">How many times it has.</param>
    /// <param name="step">The step it goes on with.</param>
    public void Return(int times, long step)
    {
        if (times > 0)
        {
            _state = _state with
            {
                Factor = _state.Factor * Math.Pow(_settings.BackOff, times),
                Troubles = Math.Min(_settings.Tries, times),
                Trouble = $"a return to step {step}",
                LeftOut = 0,
                QuietUntil = step + _settings.Window,
            };
        }
    }

    /// <summary>The state of the policy inside, of a checkpoint that may have been written with a guard; for a run that goes on without one.</summary>
    public static JsonElement InnerState(JsonElement state)
        => state.ValueKind == JsonValueKind.Object && state.TryGetProperty(GuardKey, out _) && state.TryGetProperty(InnerKey, out var inner) ? inner : state;

    private static string Say(StepOutcome outcome) => outcome.BackboneGradientNorm is { } norm && !double.IsFinite(norm)
        ? "a gradient that is no number"
        : $"loss {Say(outcome.Loss)}";

    private static string Say(double loss) => loss.ToString("G4", CultureInfo.InvariantCulture);

    private bool Count(long step, bool drifts, string what)
    {
        if (step < _state.QuietUntil)
        {
            return false;
        }

        _state = _state with
        {
            Factor = _state.Factor * _settings.BackOff,
            Troubles = _state.Troubles + 1,
            Trouble = what,
            Drifts = drifts,
            QuietUntil = step + _settings.Window,
        };
        return true;
    }

    // After a window of steps left out in a row the ceiling doubles with every further window: what stays high is the data's, not a spike.
    private double Ceiling() => _state.First is { } first
        ? ((_settings.Spike * _state.Smoothed) + (Slack * first)) * Math.Pow(2, Math.Max(0, _state.LeftOut - _settings.Window) / (double)_settings.Window)
        : double.PositiveInfinity;

    private string? Failure()
    {
        const string Advice = "look at the samples, or lower the learning rates";
        return _state.LeftOut >= _settings.LeftOut
            ? $"{_state.LeftOut} steps in a row were left out, {_state.Trouble}; {Advice}"
            : _state.Troubles > _settings.Tries
                ? $"the rates have backed off {_state.Troubles} times, the last time after {_state.Trouble}; {Advice}"
                : null;
    }
}
