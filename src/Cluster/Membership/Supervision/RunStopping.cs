// An incarnation is given up: all nodes stop, and then it is decided whether there is another.
using Akka.Actor;
using XClassFlow.Cluster.Membership.Wire;

namespace XClassFlow.Cluster.Membership.Supervision;

/// <summary>The phase <see cref="SupervisorPhase.Stopping"/>.</summary>
/// <param name="context">The supervisor's state.</param>
internal sealed class RunStopping(SupervisorContext context)
{
    public void Advance()
    {
        var run = context.Run!;
        if (context.Roster.ReportHolder(run.Spec.Id) is not null)
        {
            // A finished run stays finished, whoever is lost after its end.
            context.End(null);
            return;
        }

        var stopping = context.Roster.All.Where(e => e.State?.Run == run.Spec.Id || run.Members.Contains(e.Address)).ToList();
        foreach (var failure in stopping.Where(e => e.State!.Incarnation == run.Incarnation && e.State.Run == run.Spec.Id).Select(e => e.State!.Failure))
        {
            // The cause is what is wrong with a node or its input; that others lost sight of it is only the consequence.
            if (failure is { Kind: FailureKind.User } || (failure is { Kind: FailureKind.Fault or FailureKind.Trouble } && run.Failure is null))
            {
                run.Failure = failure;
            }
        }

        // What a supervisor before this one started meanwhile is stopped too, and its number is taken.
        run.Incarnation = stopping.Where(e => e.State!.Run == run.Spec.Id).Select(e => e.State!.Incarnation).Append(run.Incarnation).Max();
        var busy = stopping.Where(e => e.State!.Run != run.Spec.Id || e.State.Incarnation < run.Incarnation || e.State.Phase != NodePhase.Idle).ToList();
        foreach (var entry in busy)
        {
            entry.Agent?.Tell(new Abort(run.Spec.Id, run.Incarnation));
        }

        run.IsPlanned |= stopping.Exists(e => e.LeavesInOrder);
        if (busy.Count == 0)
        {
            GoOnOrEnd(run);
        }
    }

    private void GoOnOrEnd(ActiveRun run)
    {
        var limit = context.Settings.Restarts;
        if (!run.StopAsked && run.TryReturn())
        {
            context.Submission.Note(run, $"{run.Cause}; back to it with lower rates, return {run.Returns.Count}");
            context.Enter(SupervisorPhase.Waiting);
        }
        else if (run.Failure is not null || run.StopAsked)
        {
            context.End(run.Failure);
        }
        else if (run.HasRun && run.Spec.Checkpoint is null)
        {
            context.End(new NodeFailure(FailureKind.Fault, $"{run.Cause}, and the run writes no checkpoints to go on from; start it again with --checkpoint DIR"));
        }
        else if (!run.IsPlanned && ++run.Restarts > limit)
        {
            context.End(new NodeFailure(FailureKind.Fault, $"{run.Cause}, and {limit} restarts made no progress to a new checkpoint; the run is given up"));
        }
        else
        {
            context.Enter(SupervisorPhase.Waiting);
        }
    }
}
