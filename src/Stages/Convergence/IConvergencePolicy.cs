// Decides each step's learning rates and batch from what earlier steps reported.
using System.Text.Json;
using XClassFlow.Data;

namespace XClassFlow.Stages.Convergence;

/// <summary>
/// Pure: the same calls give the same decisions, on every machine; no clock, no random numbers. The supervisor owns it and calls it from one thread:
/// <see cref="Decide"/> once per step, in order, then <see cref="Observe"/> when the step is done. Several steps may be in flight between the two.
/// </summary>
public interface IConvergencePolicy
{
    /// <summary>Decides a step.</summary>
    /// <param name="step">From 0; past the end of the run the last decision holds.</param>
    /// <exception cref="ArgumentOutOfRangeException">The step is negative.</exception>
    StepDecision Decide(long step);

    /// <summary>Takes a finished step into account.</summary>
    void Observe(StepOutcome outcome);

    /// <summary>The state for a checkpoint; an empty object for policies that depend on the step's number alone.</summary>
    JsonElement SaveState();

    /// <summary>Takes up a saved state.</summary>
    /// <exception cref="UserErrorException">It is not a state of this policy.</exception>
    void RestoreState(JsonElement state);
}
