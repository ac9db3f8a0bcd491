// The actor that stands for a node: it says what the node is and does, and does what the supervisor says.
using System.Diagnostics;
using Akka.Actor;
using XClassFlow.Cluster.Membership.Wire;

namespace XClassFlow.Cluster.Membership.Node;

/// <summary>
/// Holds at most one part of one incarnation. Messages of another run or incarnation are refused; a new part begins when the old one is over and freed. The state is told at
/// every change and every tick, so nothing depends on a single message arriving or on one supervisor living.
/// </summary>
internal sealed class NodeAgent : ReceiveActor, IWithTimers
{
    private readonly AgentSettings _settings;
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly HashSet<string> _over = [];
    private readonly List<IActorRef> _waitForQuiet = [];

    private NodePart? _part;
    private RunSpec? _run;
    private string _runId = "";
    private long _incarnation;
    private string _token = "";
    private NodePhase _phase;
    private long _classes;
    private long _firstStep;
    private long _firstSample;
    private long _bytesBefore;
    private NodeFailure? _failure;
    private IReadOnlyList<byte[]>? _report;
    private long? _aloneSince;
    private bool _closing;
    private bool _exited;

    public NodeAgent(AgentSettings settings)
    {
        _settings = settings;
        Receive<LocalMessage.Tick>(_ => OnTick());
        Receive<LocalMessage.Flush>(_ => Flush());
        Receive<Assign>(OnAssign);
        Receive<Go>(m => Do(m.Run, m.Incarnation, NodePhase.Prepared, part =>
        {
            _phase = NodePhase.Running;
            part.Go();
            Tell();
        }));
        Receive<StopRun>(m => Do(m.Run, _incarnation, NodePhase.Running, part => part.Stop()));
        Receive<Abort>(OnAbort);
        Receive<AskRun>(m =>
        {
            if (_run?.Id == m.Run)
            {
                Sender.Tell(new RunTold(_run));
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
        Receive<LocalMessage.Prepared>(m => OnPart(m.Part, () =>
        {
            (_phase, _classes, _firstStep, _firstSample) = (NodePhase.Prepared, m.Run.Classes, m.Run.FirstStep, m.Run.FirstSample);
            Tell();
        }));
        Receive<LocalMessage.Failing>(m => OnPart(m.Part, () =>
        {
            (_phase, _failure) = (NodePhase.Failed, m.Failure);
            Tell();
        }));
        Receive<LocalMessage.Finished>(m => OnPart(m.Part, () =>
        {
            Flush();
            _phase = NodePhase.Finished;
            _report = m.Report is { } json ? ReportPieces.Cut(json) : null;
            Tell();
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

    private void OnTick()
    {
        Tell();
        RefuseToCrowd();
        GiveUpJoining();
    }

    // The split-brain resolver decides only for members that are up: a node that is cut off while it joins would wait for ever.
    private void GiveUpJoining()
    {
        var state = _cluster.State;
        var joining = state.Members.Any(m => m.UniqueAddress == _cluster.SelfUniqueAddress && m.Status == Akka.Cluster.MemberStatus.Joining);
        var isAlone = joining && state.Members.Count > 1 && state.Members.All(m => m.UniqueAddress == _cluster.SelfUniqueAddress || state.Unreachable.Contains(m));
        _aloneSince = isAlone ? _aloneSince ?? Stopwatch.GetTimestamp() : null;
        var failure = _settings.Settings.Failure;
        if (_aloneSince is { } since && Stopwatch.GetElapsedTime(since) > failure.AcceptablePause + (2 * failure.StableAfter))
        {
            Exit(new NodeExit(1, "this node was cut off before it had joined; start it again"));
        }
    }

    // With more members than the quorum allows, two halves could both go on.
    private void RefuseToCrowd()
    {
        var members = _cluster.State.Members.Where(m => m.HasRole(AkkaSystem.NodeRole) && m.Status == Akka.Cluster.MemberStatus.Up).ToList();
        if (members.Count > _settings.Settings.MostMembers
            && members.Find(m => m.UniqueAddress == _cluster.SelfUniqueAddress) is { } self && !members.Exists(self.IsOlderThan))
        {
            Exit(NodeExit.Of(new NodeFailure(
                FailureKind.User,
                $"{members.Count} nodes are more than a quorum of {_settings.Settings.QuorumSize} keeps safe",
                "xclassflow.cluster.quorum",
                $"set quorum = {(members.Count / 2) + 1} on all nodes, or start fewer")));
        }
    }

    private void OnAssign(Assign message)
    {
        var layout = message.Layout;
        var known = layout.Run.Id == _runId && layout.Incarnation <= _incarnation;
        if (known || _closing || _over.Contains(layout.Run.Id))
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
        (_classes, _firstStep, _firstSample, _failure, _report) = (0, 0, 0, null, null);
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
        if (message.Run == _runId || (_part is null && !_over.Contains(message.Run)))
        {
            // Also what this node never heard of counts from now on as over. A report is kept: who aborts may not have heard of it yet.
            (_run, _report, _bytesBefore) = message.Run == _runId ? (_run, _report, _bytesBefore) : (null, null, 0);
            (_runId, _incarnation) = (message.Run, message.Incarnation);
        }

        if (_part is { } part)
        {
            BeginAbort(part);
        }
        else
        {
            _phase = NodePhase.Idle;
        }

        // The supervisor answers what is not done yet by saying it again: an answer to each would go back and forth without end.
        if (before != (_runId, _incarnation, _phase))
        {
            Tell();
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
        if ((_runId.Length > 0 && _runId != message.Run) || (!_over.Add(message.Run) && _runId.Length == 0))
        {
            return;
        }

        if (_part is { } part)
        {
            BeginAbort(part);
        }
        else
        {
            _phase = NodePhase.Idle;
        }

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
        if (_part is not { } part)
        {
            Sender.Tell(new LocalMessage.Quiet());
            return;
        }

        _waitForQuiet.Add(Sender);
        BeginAbort(part);
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
            Process.GetCurrentProcess().PeakWorkingSet64),
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
