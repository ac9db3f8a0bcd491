// The cluster singleton that places a run on nodes, starts it, and starts it again when nodes are lost.
using System.Security.Cryptography;
using Akka.Actor;
using Akka.Cluster;
using XClassFlow.Cluster.Membership.Node;
using XClassFlow.Cluster.Membership.Wire;
using XClassFlow.Data;

namespace XClassFlow.Cluster.Membership.Supervision;

/// <summary>
/// A state machine, <see cref="SupervisorPhase"/>. Its input are the members' states, which they repeat, and Akka's membership; after each it looks at the whole picture and
/// does what is missing, so that lost messages and a new supervisor are the usual case. Its state is rebuilt from the nodes: nothing is stored.
/// </summary>
internal sealed class ClusterSupervisor : ReceiveActor, IWithTimers
{
    private readonly ClusterSettings _settings;
    private readonly ControlTiming _timing;
    private readonly TimeProvider _time;
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly Roster _roster = new();
    private readonly Dictionary<string, NodeFailure?> _over = [];

    private SupervisorPhase _phase = SupervisorPhase.Recovering;
    private ActiveRun? _run;
    private Submission _submission = new();
    private RunClosing? _closing;
    private long _since;

    public ClusterSupervisor(ClusterSettings settings, ControlTiming timing, TimeProvider time)
    {
        (_settings, _timing, _time) = (settings, timing, time);
        Receive<LocalMessage.Tick>(_ => Advance());
        Receive<NodeState>(OnState);
        Receive<Progress>(OnProgress);
        Receive<RunTold>(m => Adopt(m.Run));
        Receive<Submit>(OnSubmit);
        Receive<StopRun>(OnStop);
        Receive<AskReport>(m =>
        {
            if (_run?.Spec.Id == m.Run)
            {
                _closing?.Ask(m);
            }
        });
        Receive<GotReport>(OnGotReport);
        Receive<AskStatus>(_ => Sender.Tell(new StatusTold(Status())));
        Receive<ClusterEvent.MemberUp>(m => OnMember(m.Member, entry => { }));
        Receive<ClusterEvent.MemberLeft>(m => OnMember(m.Member, entry => entry.Leaving = true));
        Receive<ClusterEvent.MemberExited>(m => OnMember(m.Member, entry => entry.Leaving = true));
        Receive<ClusterEvent.MemberDowned>(m => OnMember(m.Member, entry => entry.Leaving = true));
        Receive<ClusterEvent.MemberRemoved>(m =>
        {
            if (_roster.Remove(m.Member.UniqueAddress)?.State is { } last && last.Run == _run?.Spec.Id)
            {
                _run.BytesOfLost += last.BytesSent;
            }

            Advance();
        });
        Receive<ClusterEvent.UnreachableMember>(m => OnReachable(m.Member, false));
        Receive<ClusterEvent.ReachableMember>(m => OnReachable(m.Member, true));
        Receive<ClusterEvent.IClusterDomainEvent>(_ => { });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        _cluster.Subscribe(
            Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent));
        Timers.StartPeriodicTimer("tick", new LocalMessage.Tick(), _timing.Tick);
        _since = _time.GetTimestamp();
    }

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    // ---- what comes in

    private void OnMember(Member member, Action<RosterEntry> change)
    {
        if (!member.HasRole(AkkaSystem.NodeRole))
        {
            return;
        }

        _roster.Add(member.UniqueAddress);
        change(_roster.Find(member.UniqueAddress)!);
        Advance();
    }

    private void OnReachable(Member member, bool reachable)
    {
        if (_roster.Find(member.UniqueAddress) is { } entry && entry.Reachable != reachable)
        {
            entry.Reachable = reachable;
            _submission.Note(_run, $"{Short(member.Address.ToString())} {(reachable ? "answers again" : "does not answer")}");
            Advance();
        }
    }

    private void OnState(NodeState state)
    {
        if (!_roster.Hear(state, Sender))
        {
            return;
        }

        // It was out of reach when its run was closed, or has a part of one that nobody knows: without a word it would be no use for the next.
        if (_phase != SupervisorPhase.Recovering && state.Run.Length > 0 && state.Run != _run?.Spec.Id)
        {
            Sender.Tell(new RunOver(state.Run, _over.GetValueOrDefault(state.Run)));
        }

        Advance();
    }

    private void OnProgress(Progress progress)
    {
        if (_run is not { } run || progress.Run != run.Spec.Id || (progress.Incarnation != run.Incarnation && progress.Events.Any(e => e.Note is null)))
        {
            return;
        }

        foreach (var e in progress.Events)
        {
            if (e.Step is { } step)
            {
                run.History.Add(step);
            }
            else if (e.Evaluated is { } evaluation)
            {
                run.History.Add(evaluation);
            }
            else if (e.Started is { } started)
            {
                run.History.Started ??= started;
            }
        }

        _submission.Tell(progress);
    }

    private void OnSubmit(Submit message)
    {
        var spec = message.Run;
        if (_phase == SupervisorPhase.Recovering)
        {
            // The submitter repeats; the nodes may have a run already. What they cannot tell of it, the submitter can.
            if (_roster.IsComplete && _roster.All.Any(e => e.State!.Run == spec.Id))
            {
                Adopt(spec);
            }

            return;
        }

        if (_over.TryGetValue(spec.Id, out var failure))
        {
            Sender.Tell(new RunOver(spec.Id, failure));
            return;
        }

        if (_run is null)
        {
            try
            {
                _run = ActiveRun.Of(spec, _time);
                _since = _time.GetTimestamp();
            }
            catch (UserErrorException e)
            {
                Sender.Tell(new Refused(spec.Id, NodeFailure.Of(e)));
                return;
            }
        }

        if (_run.Spec.Id != spec.Id && !_run.IsSame(spec))
        {
            Sender.Tell(new Refused(spec.Id, new NodeFailure(
                FailureKind.User, $"the cluster is busy with another run, '{_run.Spec.Name}'", "xclassflow.cluster", "wait for its end, or start another cluster with a name and ports of its own")));
            return;
        }

        var isNew = _submission.Attach(Sender, spec.Id, _run);
        _closing?.TellCompleted(again: !isNew);
        Advance();
    }

    private void OnStop(StopRun message)
    {
        if (_run is { } run && run.Spec.Id == message.Run)
        {
            run.StopAsked = true;
            Advance();
        }
    }

    private void OnGotReport(GotReport message)
    {
        if (_run?.Spec.Id != message.Run)
        {
            Sender.Tell(new RunOver(message.Run, _over.GetValueOrDefault(message.Run)));
            return;
        }

        _closing?.GotReport();
        Advance();
    }

    // ---- what follows from the picture

    private void Advance()
    {
        switch (_phase)
        {
            case SupervisorPhase.Recovering:
                Recover();
                break;
            case SupervisorPhase.Waiting:
                Place();
                break;
            case SupervisorPhase.Preparing or SupervisorPhase.Running:
                Watch();
                break;
            case SupervisorPhase.Stopping:
                Stop();
                break;
            case SupervisorPhase.Closing:
                Close();
                break;
        }
    }

    private void Recover()
    {
        if (!_roster.IsComplete)
        {
            return;
        }

        var known = _roster.All.Select(e => e.State!).Where(s => s.Run.Length > 0).MaxBy(s => s.Incarnation);
        if (known is null)
        {
            Enter(SupervisorPhase.Waiting);
            return;
        }

        foreach (var entry in _roster.Ready.Where(e => e.State!.Run == known.Run))
        {
            entry.Agent!.Tell(new AskRun(known.Run));
        }
    }

    private void Adopt(RunSpec spec)
    {
        var states = _roster.All.Where(e => e.State?.Run == spec.Id).Select(e => e.State!).ToList();
        if (_phase != SupervisorPhase.Recovering || !_roster.IsComplete || states.Count == 0)
        {
            return;
        }

        _run = ActiveRun.Of(spec, _time);
        _run.Incarnation = states.Max(s => s.Incarnation);
        _run.HasRun = states.Any(s => s.Phase is NodePhase.Running or NodePhase.Finished or NodePhase.Failed or NodePhase.Stopping) || _run.Incarnation > 1;
        _run.Classes = states.Max(s => s.Classes);
        if (states.Exists(s => s.HasReport))
        {
            End(null);
        }
        else
        {
            BeginStop("the supervisor's node was lost");
        }
    }

    private void Place()
    {
        if (_run is not { } run)
        {
            return;
        }

        if (run.StopAsked)
        {
            End(null);
            return;
        }

        var entries = _roster.Ready.Where(e => e.State!.Phase == NodePhase.Idle).ToDictionary(e => e.Place);
        var ready = entries.Keys.ToList();
        var needed = run.HasRun ? _settings.FewestNodes : _settings.WorldSize;
        var chosen = ready.Count < needed || _roster.HasUnreachable ? null : Placement.Choose(ready, _settings.WorldSize);
        if (chosen is null)
        {
            WaitForNodes(ready, needed);
            return;
        }

        run.Incarnation++;
        run.Layout = Placement.Layout(run.Spec, run.Incarnation, chosen, run.Wanted.Replicas, run.Wanted.Shards) with { Token = RandomNumberGenerator.GetHexString(16, lowercase: true) };
        run.Members = [.. chosen.Select(place => entries[place].Address)];
        _submission.Wait(run, null);
        Enter(SupervisorPhase.Preparing);
        Watch();
    }

    private void WaitForNodes(List<NodePlace> ready, int needed)
    {
        var missing = Placement.Missing(ready).Select(r => r.ToString().ToLowerInvariant()).ToArray();
        _submission.Wait(_run!, $"waiting for nodes: {ready.Count} of {needed} are ready{(missing.Length > 0 ? $", none with the role {string.Join(", ", missing)}" : "")}");
        var limit = _settings.ReplacementWait;
        if (_run!.HasRun && limit > TimeSpan.Zero && _time.GetElapsedTime(_since) > limit)
        {
            End(new NodeFailure(FailureKind.Fault, $"no replacement came within {limit.TotalSeconds:0} s ({_run.Cause}); start a node and the run again with --resume"));
        }
    }

    private void Watch()
    {
        var run = _run!;
        var entries = Participants();
        if (entries.Count < run.Layout!.Nodes.Count || entries.Exists(e => e.Leaving))
        {
            BeginStop(Lost());
            return;
        }

        var own = entries.Where(e => run.Holds(e.State!)).ToList();
        if (own.Exists(e => e.State!.Phase == NodePhase.Idle) || (_phase == SupervisorPhase.Running && own.Count < entries.Count))
        {
            BeginStop("a node lost its part of the run");
            return;
        }

        if (entries.Exists(e => e.State!.Run == run.Spec.Id && e.State.Incarnation >= run.Incarnation && !run.Holds(e.State)))
        {
            BeginStop("a node has a part that a supervisor before this one gave it");
            return;
        }

        if (own.Find(e => e.State!.Phase == NodePhase.Failed) is { } failed)
        {
            BeginStop(failed.State!.Failure?.Kind == FailureKind.Peer ? failed.State.Failure.Line : "");
            return;
        }

        var phase = _phase;
        if (phase == SupervisorPhase.Preparing && own.Count == entries.Count && own.TrueForAll(e => e.State!.Phase == NodePhase.Prepared))
        {
            if (own.Exists(e => e.State!.FirstStep != own[0].State!.FirstStep))
            {
                BeginStop("the nodes do not see the same checkpoint; the directory must be on a file system that all of them share");
                return;
            }

            run.Classes = own[0].State!.Classes;
            var told = run.Begin(own[0].State!.FirstStep, own[0].State!.FirstSample);
            _submission.Tell(told);
            Enter(SupervisorPhase.Running);
        }

        for (var i = 0; i < entries.Count; i++)
        {
            Push(entries[i], i);
        }

        if (_phase == SupervisorPhase.Running && own.Exists(e => e.State!.Phase == NodePhase.Finished && e.State.HasReport)
            && own.TrueForAll(e => e.State!.Phase == NodePhase.Finished))
        {
            End(null);
        }
    }

    // Says again what a node has not done yet.
    private void Push(RosterEntry entry, int number)
    {
        var run = _run!;
        var state = entry.State!;
        if (!run.Holds(state))
        {
            entry.Agent!.Tell(new Assign(run.Layout!, number));
        }
        else if (_phase == SupervisorPhase.Running && state.Phase == NodePhase.Prepared)
        {
            entry.Agent!.Tell(new Go(run.Spec.Id, run.Incarnation));
        }
        else if (run.StopAsked && state.Phase == NodePhase.Running)
        {
            entry.Agent!.Tell(new StopRun(run.Spec.Id));
        }
        else if (run.StopAsked && _phase == SupervisorPhase.Preparing)
        {
            BeginStop("");
        }
    }

    private void BeginStop(string cause)
    {
        _run!.Cause = cause.Length > 0 ? cause : _run.Cause;
        if (cause.Length > 0)
        {
            _submission.Note(_run, cause);
        }

        Enter(SupervisorPhase.Stopping);
        Stop();
    }

    private void Stop()
    {
        var run = _run!;
        if (_roster.ReportHolder(run.Spec.Id) is not null)
        {
            // A finished run stays finished, whoever is lost after its end.
            End(null);
            return;
        }

        var stopping = _roster.All.Where(e => e.State?.Run == run.Spec.Id || run.Members.Contains(e.Address)).ToList();
        foreach (var failure in stopping.Where(e => e.State!.Incarnation == run.Incarnation && e.State.Run == run.Spec.Id).Select(e => e.State!.Failure))
        {
            // The cause is what is wrong with a node or its input; that others lost sight of it is only the consequence.
            if (failure is { Kind: FailureKind.User } || (failure is { Kind: FailureKind.Fault } && run.Failure is null))
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

        if (busy.Count > 0)
        {
            return;
        }

        if (run.Failure is not null || run.StopAsked)
        {
            End(run.Failure);
        }
        else if (run.HasRun && run.Spec.Checkpoint is null)
        {
            End(new NodeFailure(FailureKind.Fault, $"{run.Cause}, and the run writes no checkpoints to go on from; start it again with --checkpoint DIR"));
        }
        else if (++run.Restarts > _settings.Restarts)
        {
            End(new NodeFailure(FailureKind.Fault, $"{run.Cause}, and {_settings.Restarts} restarts made no progress to a new checkpoint; the run is given up"));
        }
        else
        {
            Enter(SupervisorPhase.Waiting);
            Place();
        }
    }

    private void End(NodeFailure? failure)
    {
        _run!.Failure = failure;
        _closing = new RunClosing(_run, _roster, _cluster.SelfUniqueAddress, _submission, _timing, _time);
        Enter(SupervisorPhase.Closing);
        _closing.TellCompleted(again: false);
        Close();
    }

    private void Close()
    {
        if (!_closing!.Advance())
        {
            return;
        }

        _over[_run!.Spec.Id] = _run.Failure;
        (_run, _closing, _submission) = (null, null, new Submission());
        Enter(SupervisorPhase.Waiting);
    }

    // ---- helpers

    private void Enter(SupervisorPhase phase)
    {
        if (_phase != phase)
        {
            (_phase, _since) = (phase, _time.GetTimestamp());
        }
    }

    // The members that have, or are to have, a part of the incarnation, in the layout's order.
    private List<RosterEntry> Participants() => [.. _run!.Members.Select(_roster.Find).OfType<RosterEntry>()];

    private string Lost()
    {
        var here = Participants().Where(e => !e.Leaving).Select(e => e.State!.Node).ToHashSet();
        return $"lost {string.Join(", ", _run!.Layout!.Nodes.Select(n => n.Address).Where(a => !here.Contains(a)).Select(Short))}";
    }

    private ClusterStatus Status() => StatusOf.Cluster(_cluster.SelfAddress.ToString(), _phase, _submission.Waiting, _run, _roster);

    private static string Short(string address) => address[(address.LastIndexOf('@') + 1)..];
}
