// The cluster singleton that places a run on nodes, starts it, and starts it again when nodes are lost.
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
    private readonly ControlTiming _timing;
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly SupervisorContext _context;
    private readonly RunRecovery _recovery;
    private readonly RunPlacing _placing;
    private readonly RunWatch _watch;
    private readonly RunStopping _stopping;

    public ClusterSupervisor(ClusterSettings settings, ControlTiming timing, TimeProvider time)
    {
        _timing = timing;
        _context = new SupervisorContext(settings, timing, time, _cluster.SelfUniqueAddress);
        (_recovery, _placing, _watch, _stopping) = (new RunRecovery(_context), new RunPlacing(_context), new RunWatch(_context), new RunStopping(_context));
        Receive<LocalMessage.Tick>(_ => Advance());
        Receive<NodeState>(OnState);
        Receive<Progress>(OnProgress);
        Receive<RunTold>(m =>
        {
            _recovery.Adopt(m.Run, m.Returns);
            Advance();
        });
        Receive<Submit>(OnSubmit);
        Receive<StopRun>(OnStop);
        Receive<AskReport>(m =>
        {
            if (_context.Run?.Spec.Id == m.Run)
            {
                _context.Closing?.Ask(Sender, m);
            }
        });
        Receive<GotReport>(OnGotReport);
        Receive<RunOver>(OnOver);
        Receive<AskStatus>(_ => Sender.Tell(new StatusTold(Status())));
        Receive<ClusterEvent.MemberUp>(m => OnMember(m.Member, entry => { }));
        Receive<ClusterEvent.MemberLeft>(m => OnMember(m.Member, entry => entry.Going = true));
        Receive<ClusterEvent.MemberExited>(m => OnMember(m.Member, entry => entry.Going = true));
        Receive<ClusterEvent.MemberDowned>(m => OnMember(m.Member, entry => entry.Going = true));
        Receive<ClusterEvent.MemberRemoved>(m =>
        {
            if (_context.Roster.Remove(m.Member.UniqueAddress)?.State is { } last && _context.Run is { } run && last.Run == run.Spec.Id)
            {
                run.BytesOfLost += last.BytesSent;
                run.IsPlanned |= last.Leaving;
            }

            _context.Submission.Lose(m.Member.Address);
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
    }

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    private void OnMember(Member member, Action<RosterEntry> change)
    {
        if (!member.HasRole(AkkaSystem.NodeRole))
        {
            return;
        }

        _context.Roster.Add(member.UniqueAddress);
        change(_context.Roster.Find(member.UniqueAddress)!);
        Advance();
    }

    private void OnReachable(Member member, bool reachable)
    {
        if (_context.Roster.Find(member.UniqueAddress) is { } entry && entry.Reachable != reachable)
        {
            entry.Reachable = reachable;
            _context.Submission.Note(_context.Run, $"{SupervisorContext.Short(member.Address.ToString())} {(reachable ? "answers again" : "does not answer")}");
            Advance();
        }
    }

    private void OnState(NodeState state)
    {
        if (!_context.Roster.Hear(state, Sender))
        {
            return;
        }

        // It was out of reach when its run was closed, or has a part of one that nobody knows: without a word it would be no use for the next.
        if (_context.Phase != SupervisorPhase.Recovering && state.Run.Length > 0 && state.Run != _context.Run?.Spec.Id)
        {
            Sender.Tell(new RunOver(state.Run, _context.Over.GetValueOrDefault(state.Run)));
        }

        Advance();
    }

    private void OnProgress(Progress progress)
    {
        if (_context.Run is not { } run || progress.Run != run.Spec.Id || (progress.Incarnation != run.Incarnation && progress.Events.Any(e => e.Note is null)))
        {
            return;
        }

        foreach (var e in progress.Events)
        {
            run.History.Add(e);
            run.History.Started ??= e.Started;
        }

        _context.Submission.Tell(progress);
    }

    private void OnSubmit(Submit message)
    {
        var spec = message.Run;
        if (_context.Phase == SupervisorPhase.Recovering)
        {
            // The submitter repeats; the nodes may have a run already. What they cannot tell of it, the submitter can.
            if (_context.Roster.IsComplete && _context.Roster.All.Any(e => e.State!.Run == spec.Id))
            {
                _recovery.Adopt(spec, []);
                Advance();
            }

            return;
        }

        if (_context.Over.TryGetValue(spec.Id, out var failure))
        {
            Sender.Tell(new RunOver(spec.Id, failure));
            return;
        }

        if (_context.Run is null)
        {
            try
            {
                _context.Take(ActiveRun.Of(spec, _context.Time));
            }
            catch (UserErrorException e)
            {
                Sender.Tell(new Refused(spec.Id, NodeFailure.Of(e)));
                return;
            }
        }

        var run = _context.Run!;
        if (run.Spec.Id != spec.Id && !run.IsSame(spec))
        {
            Sender.Tell(new Refused(spec.Id, new NodeFailure(
                FailureKind.User, $"the cluster is busy with another run, '{run.Spec.Name}'", "xclassflow.cluster", "wait for its end, or start another cluster with a name and ports of its own")));
            return;
        }

        var isNew = _context.Submission.Attach(Sender, spec.Id, message.Known, run);
        _context.Closing?.TellCompleted(Sender, again: !isNew);
        Advance();
    }

    private void OnStop(StopRun message)
    {
        if (_context.Run is { } run && run.Spec.Id == message.Run)
        {
            run.StopAsked = true;
            Advance();
        }
    }

    private void OnGotReport(GotReport message)
    {
        if (_context.Run?.Spec.Id != message.Run)
        {
            Sender.Tell(new RunOver(message.Run, _context.Over.GetValueOrDefault(message.Run)));
            return;
        }

        _context.Submission.Got(Sender);
        Advance();
    }

    // A node has heard of the end from a supervisor before this one, which did not live to tell all.
    private void OnOver(RunOver message)
    {
        if (_context.Closing is null && _context.Run?.Spec.Id == message.Run)
        {
            _context.End(message.Failure);
            Advance();
        }
    }

    // What follows from the picture. A phase that enters another is done: the next one looks at once.
    private void Advance()
    {
        SupervisorPhase before;
        do
        {
            before = _context.Phase;
            switch (before)
            {
                case SupervisorPhase.Recovering:
                    _recovery.Advance();
                    break;
                case SupervisorPhase.Waiting:
                    _placing.Advance();
                    break;
                case SupervisorPhase.Preparing or SupervisorPhase.Running:
                    _watch.Advance();
                    break;
                case SupervisorPhase.Stopping:
                    _stopping.Advance();
                    break;
                case SupervisorPhase.Closing when _context.Closing!.Advance():
                    _context.Forget();
                    break;
            }
        }
        while (_context.Phase != before);
    }

    private ClusterStatus Status() => StatusOf.Cluster(_cluster.SelfAddress.ToString(), _context.Phase, _context.Submission.Waiting, _context.Run, _context.Roster);
}
