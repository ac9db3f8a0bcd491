// A run that goes on with fewer nodes than it should have takes others in when they come.
using XClassFlow.Cluster.Membership.Wire;

namespace XClassFlow.Cluster.Membership.Supervision;

/// <summary>
/// A planned layout, which costs no step: the nodes are asked to pause, finish a step and write its checkpoint, and the next incarnation goes on from there. Only elastic runs
/// ever have fewer nodes than they should.
/// </summary>
internal static class RunGrowth
{
    /// <summary>Decides it once for each layout.</summary>
    /// <param name="context">The supervisor's state.</param>
    /// <param name="run">The run.</param>
    /// <param name="entries">Its nodes.</param>
    public static void Consider(SupervisorContext context, ActiveRun run, List<RosterEntry> entries)
    {
        if (context.Phase != SupervisorPhase.Running || run.Growing is not null || run.StopAsked || run.Spec.Checkpoint is null
            || entries.Count >= context.Settings.WorldSize || context.Roster.HasUnreachable || !entries.TrueForAll(e => e.State!.Phase == NodePhase.Running))
        {
            return;
        }

        var spare = context.Roster.Ready.Where(e => e.State!.Phase == NodePhase.Idle && !entries.Contains(e)).ToList();
        if (Placement.Choose(entries.Concat(spare).Select(e => e.Place), context.Settings.WorldSize) is not { } chosen || chosen.Count <= entries.Count)
        {
            return;
        }

        var joining = spare.Where(e => chosen.Contains(e.Place)).Select(e => SupervisorContext.Short(e.Address.Address.ToString()));
        run.Growing = $"takes in {string.Join(", ", joining)}";
        context.Submission.Note(run, $"{run.Growing}: the nodes finish a step and write a checkpoint");
    }
}
