// The first phase of a supervisor: it asks the nodes what they do.
using Akka.Actor;
using XClassFlow.Cluster.Membership.Wire;

namespace XClassFlow.Cluster.Membership.Supervision;

/// <summary>Nothing is stored: when every member has said what it is, the run that they have parts of is taken up again, from one of them or from its submitter.</summary>
/// <param name="context">The supervisor's state.</param>
internal sealed class RunRecovery(SupervisorContext context)
{
    public void Advance()
    {
        if (!context.Roster.IsComplete)
        {
            return;
        }

        var known = context.Roster.All.Select(e => e.State!).Where(s => s.Run.Length > 0).MaxBy(s => s.Incarnation);
        if (known is null)
        {
            context.Enter(SupervisorPhase.Waiting);
            return;
        }

        foreach (var entry in context.Roster.Ready.Where(e => e.State!.Run == known.Run))
        {
            entry.Agent!.Tell(new AskRun(known.Run));
        }
    }

    /// <summary>What a node or the submitter says of the run that goes on.</summary>
    /// <param name="spec">The run.</param>
    /// <param name="returns">Its returns, where a node says it.</param>
    public void Adopt(RunSpec spec, IReadOnlyList<long> returns)
    {
        var states = context.Roster.All.Where(e => e.State?.Run == spec.Id).Select(e => e.State!).ToList();
        if (context.Phase != SupervisorPhase.Recovering || !context.Roster.IsComplete || states.Count == 0)
        {
            return;
        }

        var run = ActiveRun.Of(spec, context.Time);
        run.Incarnation = states.Max(s => s.Incarnation);
        run.HasRun = states.Any(s => s.Phase is NodePhase.Running or NodePhase.Finished or NodePhase.Failed or NodePhase.Stopping) || run.Incarnation > 1;
        run.Classes = states.Max(s => s.Classes);
        run.Returns.AddRange(returns);
        context.Take(run);

        // Fewer than the quorum that live are those who stayed when all others left in order; where their parts had ended as planned, it was the end of the run that they missed.
        var isLeft = context.Roster.All.Count() < context.Settings.QuorumSize && !context.Roster.HasUnreachable && states.TrueForAll(s => s.Phase == NodePhase.Finished);
        if (isLeft || states.Exists(s => s.HasReport))
        {
            context.End(null);
        }
        else
        {
            context.BeginStop("the supervisor's node was lost");
        }
    }
}
