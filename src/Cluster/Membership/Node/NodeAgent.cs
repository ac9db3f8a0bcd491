// The actor that stands for a node: it says what the node is and does, and does what the supervisor says.
using System.Diagnostics;
using Akka.Actor;
using XClassFlow.Cluster.Membership.Wire;
using XClassFlow.Stages.Reporting;
using XClassFlow.Stages.Timelines;

namespace XClassFlow.Cluster.Membership.Node;

/// <summary>
/// Holds at most one part of one incarnation. Messages of another run or incarnation are refused; a new part begins when the old one is over and freed. The state is told at
/// every change and every tick, so nothing depends on a single message arriving or on one supervisor living.
/// </summary>
internal sealed class NodeAgent : ReceiveActor, IWithTimers
{
    private readonly AgentSettings _settings;
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly MembershipWatch _membership;
    private readonly JoinWatch _join;
    private readonly Dictionary<string, NodeFailure?> _over = [];
    private readonly List<IActorRef> _waitForQuiet = [];

    private NodePart? _part;
    private RunSpec? _run;
    private IReadOnlyList<long> _returns = [];
    private string _runId = "";
    private long _incarnation;
    private string _token = "";
    private NodePhase _phase;
    private long _classes;
    private long _firstStep;
    private long _firstSample;
    private long _bytesBefore;
    private TimelineTotals? _timeline;
    private NodeFailure? _failure;
    private IReadOnlyList<byte[]>? _report;
    private bool _paused;
    private bool _closing;
    private bool _exited;

    public NodeAgent(AgentSettings settings)
    {
        _settings = settings;
        _membership = new MembershipWatch(_cluster, settings.Settings);
        _join = new JoinWatch(_cluster, settings.Settings, settings.Timing.JoinWait);
        Receive<LocalMessage.Tick>(_ => OnTick());
        Receive<LocalMessage.Flush>(_ => Flush());
        Receive<Assign>(OnAssign);
        Receive<Connect>(m => Do(m.Run, m.Incarnation, NodePhase.Loaded, part =>
        {
            part.Connect();
            Enter(NodePhase.Connecting);
        }));
        Receive<Go>(m => Do(m.Run, m.Incarnation, NodePhase.Prepared, part =>
        {
            part.Go();
            Enter(NodePhase.Running);
        }));
        Receive<StopRun>(m => Do(m.Run, _incarnation, NodePhase.Running, part => Stop(part, pause: false)));
        Receive<Pause>(m => Do(m.Run, m.Incarnation, NodePhase.Running, part => Stop(part, pause: true)));
        Receive<Abort>(OnAbort);
        Receive<AskRun>(m =>
        {
            if (_run?.Id == m.Run)
            {
                Sender.Tell(new RunTold(_run, [.. _returns.Select(r => r == RunLayout.ThisOne ? _firstStep : r)]));
            }
        });
        Receive<RunOver>(OnRunOver);
        Receive<AskReport>(m =>
        {
            if (_report is { } pieces && m.Run == _runId && m.Piece >= 0 && m.Piece < pieces.Count)
            {
                Sender.Tell(new ReportPiece(m.Run, m.Piece, pieces.Count, pieces[m.Piece]));
            }
        });
        Receive<AskStatus>(m => Actors.Supervisor(Context, _cluster)?.Tell(m, Sender));
        Receive<LocalMessage.Loaded>(m => OnPart(m.Part, () =>
        {
            (_classes, _firstStep, _firstSample) = (m.Run.Classes, m.Run.FirstStep, m.Run.FirstSample);
            Enter(NodePhase.Loaded);
        }));
        Receive<LocalMessage.Prepared>(m => OnPart(m.Part, () => Enter(NodePhase.Prepared)));
        Receive<LocalMessage.Failing>(m => OnPart(m.Part, () =>
        {
            _failure = m.Failure;
            Enter(NodePhase.Failed);
        }));
        Receive<LocalMessage.Finished>(m => OnPart(m.Part, () =>
        {
            Flush();
            _timeline = m.Part.Timeline;

            // What ends before its last step in order to go on elsewhere is not the run's end.
            var isPause = _paused && m.Report is { } text && RunReportFile.OfJson(text).Outcome == RunOutcome.Interrupted;
            _report = m.Report is { } json && !isPause ? ReportPieces.Cut(json) : null;
            Enter(NodePhase.Finished);
        }));
        Receive<LocalMessage.Ended>(OnEnded);
        Receive<LocalMessage.TooLong>(m =>
        {
            if (ReferenceEquals(m.Part, _part))
            {
                Exit(new NodeExit(1, $"this node's part of the run did not stop within {_settings.Timing.AbortLimit.TotalSeconds:0} s; start the node again"));
            }
        });
        Receive<LocalMessage.Quieten>(_ => OnQuieten());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer("tick", new LocalMessage.Tick(), TimeSpan.Zero, _settings.Timing.Tick);
        Timers.StartPeriodicTimer("flush", new LocalMessage.Flush(), _settings.Timing.Flush);
    }

    protected override void PostStop() => _part?.Abort();

    private void Enter(NodePhase phase)
    {
        _phase = phase;
        Tell();
    }

    private void OnTick()
    {
        Tell();
        if (_join.News() is { } news)
        {
            _settings.Say(news);
        }

        if (_membership.WhyNot() is { } exit)
        {
            Exit(exit);
        }
    }

    private void OnAssign(Assign message)
    {
        var layout = message.Layout;
        if (_over.TryGetValue(layout.Run.Id, out var failure))
        {
            // A supervisor that was not there at the end would wait for this node for ever.
            Sender.Tell(new RunOver(layout.Run.Id, failure));
            return;
        }

        var known = layout.Run.Id == _runId && layout.Incarnation <= _incarnation;
        if (known || _closing)
        {
            return;
        }

        if (_part is { } old)
        {
            // The supervisor repeats the assignment; the old part must be gone first.
            BeginAbort(old);
            return;
        }

        _bytesBefore = layout.Run.Id == _runId ? _bytesBefore : 0;
        (_runId, _run, _incarnation, _token, _phase) = (layout.Run.Id, layout.Run, layout.Incarnation, layout.Token, NodePhase.Preparing);
        (_classes, _firstStep, _firstSample, _paused, _failure, _report, _timeline) = (0, 0, 0, false, null, null, null);
        _returns = layout.Returns;
        var self = Self;
        _part = new NodePart(layout, message.Self, m => self.Tell(m));
        _part.Start(_settings.Runtime, _settings.Lane);
        Tell();
    }

    private void OnAbort(Abort message)
    {
        if (message.Run == _runId && message.Incarnation < _incarnation)
        {
            return;
        }

        var before = (_runId, _incarnation, _phase);
        if (message.Run == _runId || (_part is null && !_over.ContainsKey(message.Run)))
        {
            // Also what this node never heard of counts from now on as over. A report is kept: who aborts may not have heard of it yet.
            (_run, _report, _bytesBefore) = message.Run == _runId ? (_run, _report, _bytesBefore) : (null, null, 0);
            (_runId, _incarnation) = (message.Run, message.Incarnation);
        }

        StopPart();

        // The supervisor answers what is not done yet by saying it again: an answer to each would go back and forth without end.
        if (before != (_runId, _incarnation, _phase))
        {
            Tell();
        }
    }

    private void StopPart()
    {
        if (_part is { } part)
        {
            BeginAbort(part);
        }
        else
        {
            _phase = NodePhase.Idle;
        }
    }

    private void BeginAbort(NodePart part)
    {
        if (_phase == NodePhase.Stopping)
        {
            return;
        }

        _phase = NodePhase.Stopping;
        part.Abort();
        Timers.StartSingleTimer("abort", new LocalMessage.TooLong(part), _settings.Timing.AbortLimit);
    }

    private void OnEnded(LocalMessage.Ended message)
    {
        if (!ReferenceEquals(message.Part, _part))
        {
            return;
        }

        Flush();
        Timers.Cancel("abort");
        _bytesBefore += message.Part.Layout.Run.Id == _runId ? message.Part.BytesSent : 0;
        _part = null;
        if (_phase == NodePhase.Stopping)
        {
            _phase = NodePhase.Idle;
        }

        Tell();
        foreach (var waiting in _waitForQuiet)
        {
            waiting.Tell(new LocalMessage.Quiet());
        }

        _waitForQuiet.Clear();
    }

    private void OnRunOver(RunOver message)
    {
        if ((_runId.Length > 0 && _runId != message.Run) || (!_over.TryAdd(message.Run, message.Failure) && _runId.Length == 0))
        {
            return;
        }

        StopPart();

        (_runId, _run, _incarnation, _bytesBefore, _report, _failure) = ("", null, 0, 0, null, null);
        Tell();
        if (!_settings.Settings.Stay)
        {
            Exit(NodeExit.Of(message.Failure));
        }
    }

    private void OnQuieten()
    {
        _closing = true;
        Tell();
        if (_part is not { } part)
        {
            Sender.Tell(new LocalMessage.Quiet());
            return;
        }

        _waitForQuiet.Add(Sender);
        BeginAbort(part);
    }

    // Who asks for the end of the run does not mean a pause, whatever was asked before.
    private void Stop(NodePart part, bool pause)
    {
        _paused = pause;
        part.Stop();
    }

    private void Do(string run, long incarnation, NodePhase phase, Action<NodePart> action)
    {
        if (_part is { } part && run == _runId && incarnation == _incarnation && phase == _phase)
        {
            action(part);
        }
    }

    private void OnPart(NodePart part, Action action)
    {
        if (ReferenceEquals(part, _part) && _phase != NodePhase.Stopping)
        {
            action();
        }
    }

    private void Flush()
    {
        if (_part is not { } part || Actors.Supervisor(Context, _cluster) is not { } supervisor)
        {
            return;
        }

        foreach (var events in part.Events.Take())
        {
            supervisor.Tell(new Progress(part.Layout.Run.Id, part.Layout.Incarnation, events), Self);
        }
    }

    private void Tell() => Actors.Supervisor(Context, _cluster)?.Tell(
        new NodeState(
            _cluster.SelfAddress.ToString(),
            _cluster.SelfUniqueAddress.Uid,
            _settings.Settings.AllRoles,
            _settings.Lane.Address,
            _runId,
            _incarnation,
            _token,
            _phase,
            _classes,
            _firstStep,
            _firstSample,
            _failure,
            _report is not null,
            _bytesBefore + (_part is { } part && part.Layout.Run.Id == _runId ? part.BytesSent : 0),
            _closing,
            Process.GetCurrentProcess().PeakWorkingSet64,
            _timeline),
        Self);

    private void Exit(NodeExit exit)
    {
        if (!_exited)
        {
            _exited = true;
            _settings.End(exit);
        }
    }
}
