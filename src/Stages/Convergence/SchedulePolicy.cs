// The base of policies that follow a fixed curve: both rates are the configured ones times a factor that depends on the step's number alone.
using System.Text.Json;
using XClassFlow.Data;

namespace XClassFlow.Stages.Convergence;

/// <summary>A policy without memory.</summary>
public abstract class SchedulePolicy : IConvergencePolicy
{
    private readonly Rates rates;

    private protected SchedulePolicy(Rates rates, long totalSteps)
    {
        ArgumentNullException.ThrowIfNull(rates);
        ArgumentOutOfRangeException.ThrowIfLessThan(totalSteps, 1);
        this.rates = rates;
        TotalSteps = totalSteps;
    }

    /// <summary>Steps of the whole run.</summary>
    public long TotalSteps { get; }

    /// <inheritdoc/>
    public StepDecision Decide(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        var (factor, why) = Factor(Math.Min(step, TotalSteps - 1));
        return new(rates.Backbone * factor, rates.Head * factor, MicroBatches: null, why);
    }

    /// <inheritdoc/>
    public void Observe(StepOutcome outcome)
    {
    }

    /// <inheritdoc/>
    public JsonElement SaveState() => JsonSerializer.SerializeToElement(new Dictionary<string, string>());

    /// <inheritdoc/>
    public void RestoreState(JsonElement state)
    {
        if (state.ValueKind != JsonValueKind.Object)
        {
            throw new UserErrorException($"a JSON {state.ValueKind} is not the state of a convergence policy", "checkpoint", "resume from another checkpoint");
        }
    }

    /// <summary>The factor of a step in [0, <see cref="TotalSteps"/>), and its reason.</summary>
    private protected abstract (double Factor, string Why) Factor(long step);
}
