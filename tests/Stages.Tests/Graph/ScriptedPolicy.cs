// A policy that says what a test wants.
using System.Text.Json;
using XClassFlow.Stages.Convergence;

namespace XClassFlow.Stages.Tests.Graph;

/// <summary>Decides by a function of the step, and collects what it is told.</summary>
internal sealed class ScriptedPolicy(Func<long, StepDecision> decide) : IConvergencePolicy
{
    public List<StepOutcome> Outcomes { get; } = [];

    public static StepDecision Rates(double backbone = 0.05, double head = 0.2, int? microBatches = null) => new(backbone, head, microBatches, "scripted");

    public StepDecision Decide(long step) => decide(step);

    public void Observe(StepOutcome outcome) => Outcomes.Add(outcome);

    public JsonElement SaveState() => JsonSerializer.SerializeToElement(new Dictionary<string, string>());

    public void RestoreState(JsonElement state)
    {
    }
}
