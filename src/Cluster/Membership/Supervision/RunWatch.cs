// An incarnation is prepared and runs: the supervisor tells nodes what they have not done yet, and looks for what ends it.
using Akka.Actor;
using XClassFlow.Cluster.Membership.Wire;

namespace XClassFlow.Cluster.Membership.Supervision;

/// <summary>The phases <see cref="SupervisorPhase.Preparing"/> and <see cref="SupervisorPhase.Running"/>.</summary>
/// <param name="context">The supervisor's state.</param>
internal sealed class RunWatch(SupervisorContext context)
{
    public void Advance()
    {
        var run = context.Run!;
        var entries = context.Participants();
        if (WhyOver(run, entries) is { } cause)
        {
            context.BeginStop(cause);
            return;
        }

        var own = entries.Where(e => run.Holds(e.State!)).ToList();
        if (context.Phase == SupervisorPhase.Preparing && own.Count == entries.Count && own.TrueForAll(e => e.State!.Phase == NodePhase.Prepared))
        {
            Begin(run, own);
            return;
        }

        var allLoaded = own.Count == entries.Count && own.TrueForAll(e => e.State!.Phase >= NodePhase.Loaded);
        RunGrowth.Consider(context, run, entries);
        for (var i = 0; i < entries.Count; i++)
        {
            Push(run, entries[i], i, allLoaded);
        }

        if (context.Phase != SupervisorPhase.Running || !own.TrueForAll(e => e.State!.Phase == NodePhase.Finished))
        {
            return;
        }

        if (own.Exists(e => e.State!.HasReport))
        {
            context.End(null);
        }
        else if (run.Growing is { } growing)
        {
            run.IsPlanned = true;
            context.BeginStop(growing);
        }
    }

    // Null: it goes on; empty: as asked, or a failure that speaks for itself.
    private string? WhyOver(ActiveRun run, List<RosterEntry> entries)
    {
        if (entries.Count < run.Layout!.Nodes.Count || entries.Exists(e => e.Leaving))
        {
            return Lost(run, entries);
        }

        var own = entries.Where(e => run.Holds(e.State!)).ToList();
        if (own.Exists(e => e.State!.Phase == NodePhase.Idle) || (context.Phase == SupervisorPhase.Running && own.Count < entries.Count))
        {
            return "a node lost its part of the run";
        }

        if (entries.Exists(e => e.State!.Run == run.Spec.Id && e.State.Incarnation >= run.Incarnation && !run.Holds(e.State)))
        {
            return "a node has a part that a supervisor before this one gave it";
        }

        if (own.Find(e => e.State!.Phase == NodePhase.Failed) is { } failed)
        {
            return failed.State!.Failure?.Kind == FailureKind.Peer ? failed.State.Failure.Line : "";
        }

        return run.StopAsked && context.Phase == SupervisorPhase.Preparing ? "" : null;
    }

    private void Begin(ActiveRun run, List<RosterEntry> own)
    {
        var first = own[0].State!;
        if (own.Exists(e => e.State!.FirstStep != first.FirstStep))
        {
            context.BeginStop("the nodes do not see the same checkpoint; the directory must be on a file system that all of them share");
            return;
        }

        run.Classes = first.Classes;
        context.Submission.Tell(run.Begin(first.FirstStep, first.FirstSample));
        context.Enter(SupervisorPhase.Running);
    }

    // Says again what a node has not done yet.
    private void Push(ActiveRun run, RosterEntry entry, int number, bool allLoaded)
    {
        var state = entry.State!;
        if (!run.Holds(state))
        {
            entry.Agent!.Tell(new Assign(run.Layout!, number));
        }
        else if (allLoaded && state.Phase == NodePhase.Loaded)
        {
            entry.Agent!.Tell(new Connect(run.Spec.Id, run.Incarnation));
        }
        else if (context.Phase == SupervisorPhase.Running && state.Phase == NodePhase.Prepared)
        {
            entry.Agent!.Tell(new Go(run.Spec.Id, run.Incarnation));
        }
        else if (run.StopAsked && state.Phase == NodePhase.Running)
        {
            entry.Agent!.Tell(new StopRun(run.Spec.Id));
        }
        else if (run.Growing is not null && state.Phase == NodePhase.Running)
        {
            entry.Agent!.Tell(new Pause(run.Spec.Id, run.Incarnation));
        }
    }

    private static string Lost(ActiveRun run, List<RosterEntry> entries)
    {
        var here = entries.Where(e => !e.Leaving).Select(e => e.State!.Node).ToHashSet();
        var inOrder = entries.Count == run.Layout!.Nodes.Count && entries.TrueForAll(e => !e.Leaving || e.LeavesInOrder);
        return $"{(inOrder ? "without" : "lost")} {string.Join(", ", run.Layout.Nodes.Select(n => n.Address).Where(a => !here.Contains(a)).Select(SupervisorContext.Short))}";
    }
}
