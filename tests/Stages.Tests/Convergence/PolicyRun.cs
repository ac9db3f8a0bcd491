// Runs a policy as the supervisor does, with a made-up course of loss and noise.
using XClassFlow.Stages.Convergence;

namespace XClassFlow.Stages.Tests.Convergence;

/// <summary>Decisions and outcomes of a run, with reports that come some steps late.</summary>
internal sealed class PolicyRun(IConvergencePolicy policy, int lookahead = 2)
{
    private long _observed;

    public List<StepDecision> Decisions { get; } = [];

    public List<StepOutcome> Outcomes { get; } = [];

    public long Samples { get; private set; }

    /// <summary>Steps until the policy ends the run, it fails, or enough are made.</summary>
    /// <param name="most">Steps at most.</param>
    /// <param name="batch">Samples of a micro-batch.</param>
    /// <param name="outcome">What a step gives, by its number, its decision and the samples before it.</param>
    public PolicyRun Go(int most, int batch, Func<long, StepDecision, long, StepOutcome> outcome)
    {
        for (var i = 0; i < most; i++)
        {
            long step = Decisions.Count;
            for (; _observed <= step - 1 - lookahead; _observed++)
            {
                policy.Observe(Outcomes[(int)_observed]);
            }

            var decision = policy.Decide(step);
            Decisions.Add(decision);
            if (decision.Failure is not null)
            {
                break;
            }

            Outcomes.Add(outcome(step, decision, Samples) with { Step = step, Samples = batch * (decision.MicroBatches ?? 1) });
            Samples += batch * (decision.MicroBatches ?? 1);
            if (decision.End is not null)
            {
                break;
            }
        }

        return this;
    }

    /// <summary>Everything is reported, as at a checkpoint.</summary>
    public void CatchUp()
    {
        for (; _observed < Outcomes.Count; _observed++)
        {
            policy.Observe(Outcomes[(int)_observed]);
        }
    }
}
