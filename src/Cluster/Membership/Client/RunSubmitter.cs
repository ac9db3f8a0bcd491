// The actor of the process that submitted a run: it watches the run and brings its report home.
using Akka.Actor;
using XClassFlow.Cluster.Membership.Node;
using XClassFlow.Cluster.Membership.Supervision;
using XClassFlow.Cluster.Membership.Wire;
using XClassFlow.Cluster.Training;
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Cluster.Membership.Client;

/// <summary>
/// Repeats the submission at every tick, with what it knows, so that a new supervisor knows whom to tell and what was lost on its way is told again; and keeps the history of all incarnations for the
/// report. All calls of the observer come from here, one after the other.
/// </summary>
internal sealed class RunSubmitter : ReceiveActor, IWithTimers
{
    // Messages of an incarnation that is not told yet; a tick later it is.
    private const int MostAhead = 1_000;

    private readonly RunSpec _spec;
    private readonly IRunObserver _observer;
    private readonly TaskCompletionSource<RunReport> _result;
    private readonly ControlTiming _timing;
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly TimeProvider _time;
    private readonly ArrivingReport _pieces = new();

    private List<Progress> _ahead = [];
    private RunHistory _history;
    private RunHistory _arriving;
    private string? _run;
    private bool _stop;
    private bool _started;
    private Completed? _completed;
    private RunReport? _report;
    private bool _got;
    private bool _silent;
    private long _asked;

    /// <param name="spec">The run.</param>
    /// <param name="observer">Told about progress.</param>
    /// <param name="result">Gets the report, or what went wrong.</param>
    /// <param name="timing">Intervals.</param>
    /// <param name="time">The clock.</param>
    public RunSubmitter(RunSpec spec, IRunObserver observer, TaskCompletionSource<RunReport> result, ControlTiming timing, TimeProvider time)
    {
        (_spec, _observer, _result, _timing, _time) = (spec, observer, result, timing, time);
        (_history, _arriving) = (new RunHistory(time), new RunHistory(time));
        Receive<LocalMessage.Tick>(_ => Tick());
        Receive<LocalMessage.StopAsked>(_ =>
        {
            _stop = true;
            Tick();
        });
        Receive<Accepted>(OnAccepted);
        Receive<Refused>(m =>
        {
            if (m.Submitted == _spec.Id)
            {
                FallSilent();
                _result.TrySetException(m.Failure.ToException());
            }
        });
        Receive<IncarnationTold>(OnIncarnation);
        Receive<HistoryTold>(OnHistory);
        Receive<Progress>(OnProgress);
        Receive<Completed>(OnCompleted);
        Receive<ReportPiece>(OnPiece);
        Receive<RunOver>(m => Finish(m.Failure), m => m.Run == _run || m.Run == _spec.Id);
        Receive<LocalMessage.Said>(m => _observer.Note(m.Line));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Timers.StartPeriodicTimer("tick", new LocalMessage.Tick(), TimeSpan.Zero, _timing.Tick);

    // Its node may end before it hears that the run is over; what it has then is enough.
    protected override void PostStop()
    {
        if (_got)
        {
            Finish(null);
        }
    }

    // A supervisor that lives answers a repeated submission at once; one that is gone does not, and its successor begins like this.
    private void Tick()
    {
        if (_silent || Actors.Supervisor(Context, _cluster) is not { } supervisor)
        {
            return;
        }

        supervisor.Tell(new Submit(_spec, _history.Incarnation), Self);
        AskForEnd(supervisor);
        AskForReport(supervisor);
    }

    private void AskForEnd(ActorSelection? supervisor)
    {
        if (_run is not null && _stop && _completed is null)
        {
            supervisor?.Tell(new StopRun(_run), Self);
        }
    }

    // Asked once for each answer that brings something new, and at every tick: an answer to each answer would double them without end, and with them the pieces on the wire.
    private void AskForReport(ActorSelection? supervisor)
    {
        if (_run is null)
        {
            return;
        }

        if (_got)
        {
            supervisor?.Tell(new GotReport(_run), Self);
        }
        else if (_completed is { HasReport: true })
        {
            supervisor?.Tell(new AskReport(_run, _pieces.Missing), Self);
        }
    }

    private void OnAccepted(Accepted message)
    {
        if (message.Submitted != _spec.Id || _run is not null)
        {
            return;
        }

        _run = message.Run;
        if (_run != _spec.Id)
        {
            _observer.Note("this run is going on already; watching it");
        }

        AskForEnd(Actors.Supervisor(Context, _cluster));
    }

    private void OnIncarnation(IncarnationTold message)
    {
        if (message.Run == _run && _history.Incarnation == 0 && !message.IsFirst)
        {
            AskForMore(message.Number);
            return;
        }

        if (message.Run != _run || message.Number <= _history.Incarnation)
        {
            return;
        }

        _history.Begin(message);
        if (message.Number > 1)
        {
            var cause = message.Cause.Length > 0 ? $" ({message.Cause})" : "";
            _observer.Note($"incarnation {message.Number}: goes on from step {message.FirstStep} on {message.Nodes} nodes{cause}");
        }

        (var ahead, _ahead) = (_ahead, []);
        ahead.ForEach(OnProgress);
    }

    // Before the next tick, and once: the submission says what is known.
    private void AskForMore(long incarnation)
    {
        if (incarnation > _asked)
        {
            _asked = incarnation;
            Actors.Supervisor(Context, _cluster)?.Tell(new Submit(_spec, _history.Incarnation), Self);
        }
    }

    private void OnHistory(HistoryTold message)
    {
        // A new supervisor knows less than who has watched from the start.
        if (message.Run == _run && _history.Incarnation == 0 && _arriving.Add(message))
        {
            (_history, _arriving) = (_arriving, new RunHistory(_time));
            Start(_history.Started);
        }
    }

    private void OnProgress(Progress message)
    {
        if (message.Run != _run)
        {
            return;
        }

        if (message.Incarnation > _history.Incarnation && message.Events.Any(e => e.Note is null))
        {
            AskForMore(message.Incarnation);
            if (_history.Incarnation > 0 && _ahead.Count < MostAhead)
            {
                _ahead.Add(message);
                return;
            }
        }

        foreach (var e in message.Events)
        {
            if (e.Note is null && message.Incarnation != _history.Incarnation)
            {
                continue;
            }

            _history.Add(e);
            if (e.Started is { } started)
            {
                Start(started);
                continue;
            }

            e.TellTo(_observer);
        }
    }

    private void Start(RunStarted? started)
    {
        if (started is not null && !_started)
        {
            _started = true;
            _history.Started = started;
            _observer.Started(started);
        }
    }

    private void OnCompleted(Completed message)
    {
        if (message.Run != _run || _got)
        {
            return;
        }

        // It is said again; the node that held the report may be lost meanwhile.
        var isNews = _completed is null || !message.HasReport;
        _completed = message;
        _got = !message.HasReport;
        if (isNews)
        {
            AskForReport(Actors.Supervisor(Context, _cluster));
        }
    }

    private void OnPiece(ReportPiece message)
    {
        if (message.Run != _run || _got)
        {
            return;
        }

        if (!_pieces.Add(message, out var last))
        {
            return;
        }

        if (last is not null)
        {
            _report = _history.Complete(last, _completed!);
            _got = true;
        }

        AskForReport(Actors.Supervisor(Context, _cluster));
    }

    // A submission of a run that is over would begin another one, on nodes that stay for the next run.
    private void FallSilent()
    {
        _silent = true;
        Timers.Cancel("tick");
    }

    private void Finish(NodeFailure? failure)
    {
        FallSilent();
        if ((failure ?? _completed?.Failure) is { } reason)
        {
            _result.TrySetException(reason.ToException());
        }
        else if (_report is not null)
        {
            _result.TrySetResult(_report);
        }
        else if (_stop)
        {
            _result.TrySetCanceled();
        }
        else
        {
            _result.TrySetException(new ClusterException("the run is over, and its report was lost with the node that held it; its checkpoints are complete"));
        }
    }
}
