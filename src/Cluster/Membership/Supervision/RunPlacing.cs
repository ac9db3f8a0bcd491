// A run waits for its nodes, and gets a layout when they are there.
using System.Security.Cryptography;
using XClassFlow.Cluster.Membership.Wire;

namespace XClassFlow.Cluster.Membership.Supervision;

/// <summary>The phase <see cref="SupervisorPhase.Waiting"/>.</summary>
/// <param name="context">The supervisor's state.</param>
internal sealed class RunPlacing(SupervisorContext context)
{
    public void Advance()
    {
        if (context.Run is not { } run)
        {
            return;
        }

        if (run.StopAsked)
        {
            context.End(null);
            return;
        }

        var settings = context.Settings;
        var entries = context.Roster.Ready.Where(e => e.State!.Phase == NodePhase.Idle).ToDictionary(e => e.Place);
        var ready = entries.Keys.ToList();
        var needed = run.HasRun ? settings.FewestNodes : settings.WorldSize;
        var chosen = ready.Count < needed || context.Roster.HasUnreachable ? null : Placement.Choose(ready, settings.WorldSize);
        if (chosen is null)
        {
            WaitForNodes(run, ready, needed);
            return;
        }

        run.Incarnation++;
        (run.IsPlanned, run.Growing) = (false, null);
        run.Layout = Placement.Layout(run.Spec, run.Incarnation, chosen, run.Wanted.Replicas, run.Wanted.Shards) with
        {
            Token = RandomNumberGenerator.GetHexString(16, lowercase: true),
            Returns = [.. run.Returns],
        };
        run.Members = [.. chosen.Select(place => entries[place].Address)];
        context.Submission.Wait(run, null);
        context.Enter(SupervisorPhase.Preparing);
    }

    private void WaitForNodes(ActiveRun run, List<NodePlace> ready, int needed)
    {
        var missing = Placement.Missing(ready).Select(r => r.ToString().ToLowerInvariant()).ToArray();
        context.Submission.Wait(run, $"waiting for nodes: {ready.Count} of {needed} are ready{(missing.Length > 0 ? $", none with the role {string.Join(", ", missing)}" : "")}");
        var limit = context.Settings.ReplacementWait;
        if (run.HasRun && limit > TimeSpan.Zero && context.Waited > limit)
        {
            context.End(new NodeFailure(FailureKind.Fault, $"no replacement came within {limit.TotalSeconds:0} s ({run.Cause}); start a node and the run again with --resume"));
        }
    }
}
