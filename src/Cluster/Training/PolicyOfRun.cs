// The convergence policy of a run, with its guard and its saved state.
using XClassFlow.Stages.Convergence;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Training;

/// <summary>From settings and checkpoint to the policy that the supervisor carries.</summary>
internal static class PolicyOfRun
{
    /// <param name="settings">The run's.</param>
    /// <param name="plan">Its schedule.</param>
    /// <param name="saved">What it goes on from, or null.</param>
    /// <param name="returns">How many times it has gone back to this checkpoint after trouble.</param>
    public static IConvergencePolicy Create(RunSettings settings, RunPlan plan, SavedRun? saved, int returns)
    {
        var policy = Components.Policies.Create(settings.Convergence, new PolicySite(Math.Max(1, plan.Updates), plan.GlobalBatch, plan.MicroBatches));
        var guard = settings.Guard.Enabled ? new GuardedPolicy(policy, settings.Guard) : null;
        if (saved is null || !plan.HasSteps)
        {
            return guard ?? policy;
        }

        if (guard is null)
        {
            policy.RestoreState(GuardedPolicy.InnerState(saved.Policy));
            return policy;
        }

        guard.RestoreState(saved.Policy);
        guard.Return(returns, plan.FirstStep);
        return guard;
    }
}
