// The end of a run: its report goes to the submitter, and everybody learns that it is over.
using Akka.Actor;
using Akka.Cluster;
using XClassFlow.Cluster.Membership.Wire;
using XClassFlow.Stages.Timelines;

namespace XClassFlow.Cluster.Membership.Supervision;

/// <summary>Mutable; belongs to the supervisor, which calls <see cref="Advance"/> after whatever happens.</summary>
internal sealed class RunClosing
{
    private readonly ActiveRun _run;
    private readonly Roster _roster;
    private readonly UniqueAddress _self;
    private readonly Submission _submission;
    private readonly ControlTiming _timing;
    private readonly TimeProvider _time;

    // When a submitter last came nearer to the report.
    private long _heard;
    private long? _telling;

    /// <param name="run">The run, with its failure.</param>
    /// <param name="roster">The members.</param>
    /// <param name="self">The supervisor's node.</param>
    /// <param name="submission">Who get the report.</param>
    /// <param name="timing">Intervals.</param>
    /// <param name="time">The clock.</param>
    public RunClosing(ActiveRun run, Roster roster, UniqueAddress self, Submission submission, ControlTiming timing, TimeProvider time)
    {
        (_run, _roster, _self, _submission, _timing, _time) = (run, roster, self, submission, timing, time);
        _heard = time.GetTimestamp();
    }

    /// <summary>What everybody is told.</summary>
    public RunOver Over => new(_run.Spec.Id, _run.Failure);

    /// <summary>Tells all submitters.</summary>
    public void TellCompleted() => _submission.Tell(Completed());

    /// <summary>Tells a submitter.</summary>
    /// <param name="submitter">Who it is.</param>
    /// <param name="again">Whether it knows already; it is told again since the node with the report may be lost meanwhile.</param>
    public void TellCompleted(IActorRef submitter, bool again)
    {
        if (!again)
        {
            _heard = _time.GetTimestamp();
        }

        submitter.Tell(Completed());
    }

    private Completed Completed()
    {
        var states = _roster.All.Select(e => e.State).OfType<NodeState>().Where(s => s.Run == _run.Spec.Id).ToList();
        return new Completed(
            _run.Spec.Id,
            _run.Failure,
            states.Exists(s => s.HasReport),
            _run.BytesOfLost + states.Sum(s => s.BytesSent),
            states.Select(s => s.PeakRssBytes).DefaultIfEmpty().Max(),
            TimelineTotals.MeanOf([.. states.Select(s => s.Timeline).OfType<TimelineTotals>()]));
    }

    /// <summary>A submitter asks for a piece of the report; its holder answers.</summary>
    public void Ask(IActorRef submitter, AskReport message)
    {
        if (_submission.Asks(submitter, message.Piece))
        {
            _heard = _time.GetTimestamp();
        }

        _roster.ReportHolder(_run.Spec.Id)?.Agent?.Forward(message);
    }

    /// <summary>
    /// First all submitters have what they need; then all other nodes know, those out of reach too, unless they are removed; then the supervisor's, the last that may leave. A
    /// submitter knows at once, since its own node is among those that leave, or last, where that is the supervisor's.
    /// </summary>
    /// <returns>Whether all is done.</returns>
    public bool Advance()
    {
        if (_telling is null && !_submission.HaveReport && _time.GetElapsedTime(_heard) < _timing.ReportWait)
        {
            return false;
        }

        var since = _telling ??= _time.GetTimestamp();
        var (over, waited) = (Over, _time.GetElapsedTime(since));
        var others = _roster.All.Where(e => e.Address != _self && e is { Leaving: false, State: not null }).ToList();
        _submission.TellElsewhere(over);
        foreach (var entry in others)
        {
            entry.Agent!.Tell(over);
        }

        // Who does not hear of the end would be alone with a run that nobody ends.
        if ((others.Exists(e => e.State!.Run == _run.Spec.Id) && waited < _timing.ExitLimit)
            || (others.Exists(e => e is { Reachable: true, State: not { Run: "", Phase: NodePhase.Idle } }) && waited < _timing.CloseWait))
        {
            return false;
        }

        _submission.Tell(over);
        _roster.Find(_self)?.Agent?.Tell(over);
        return true;
    }
}
