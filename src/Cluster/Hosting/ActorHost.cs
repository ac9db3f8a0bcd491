// The host that runs every stage as an actor with a thread of its own: a whole graph in one process, or this node's part of it.
using System.Diagnostics;
using Akka.Actor;
using Akka.Configuration;
using TorchSharp;
using XClassFlow.Stages.Flow;
using Envelope = XClassFlow.Stages.Flow.Envelope;

namespace XClassFlow.Cluster.Hosting;

/// <summary>
/// Runs a graph as actors. The first fault stops everything in two rounds: all actors stop working and acknowledge, then, when nothing can be under way any more,
/// each disposes of its stage and of what was waiting for it; so nothing is lost in memory. A host of a part ends when the stages of the part have completed.
/// </summary>
public sealed class ActorHost : IFlowHost
{
    private const string Dispatcher = "xclassflow-stage";
    private const string BriefDispatcher = "xclassflow-brief-stage";

    /// <summary>What a stage that already kept everybody waiting for the stall limit still gets.</summary>
    private static readonly TimeSpan LastGrace = TimeSpan.FromSeconds(2);

    private static readonly Config SystemConfig = ConfigurationFactory.ParseString(
        $$"""
        akka {
          loglevel = WARNING
          stdout-loglevel = WARNING
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          coordinated-shutdown { run-by-clr-shutdown-hook = off, exit-clr = off }
        }
        {{Dispatcher}} { type = "{{typeof(StageDispatcher).FullName}}, {{typeof(StageDispatcher).Assembly.GetName().Name}}", throughput = 1, brief = off }
        {{BriefDispatcher}} { type = "{{typeof(StageDispatcher).FullName}}, {{typeof(StageDispatcher).Assembly.GetName().Name}}", throughput = 1, brief = on }
        """);

    private readonly IRemoteParts? _remote;
    private IReadOnlyDictionary<StageAddress, StageRunner> _runners = new Dictionary<StageAddress, StageRunner>();

    /// <summary>A host of whole graphs.</summary>
    public ActorHost()
    {
    }

    /// <summary>A host of this node's part.</summary>
    /// <param name="remote">The way to the other parts; borrowed, for one run.</param>
    internal ActorHost(IRemoteParts remote) => _remote = remote;

    /// <summary>Completes when no stage is at work any more. After a run that was given up a stage may still be: what it uses must not be taken away.</summary>
    public Task Quiet { get; private set; } = Task.CompletedTask;

    public IReadOnlyList<(StageAddress Stage, double BusySeconds)> Load
        => [.. _runners.Values.Select(r => (r.Address, r.BusyTicks / (double)Stopwatch.Frequency))];

    public async Task RunAsync(FlowGraph graph, FlowOptions options, CancellationToken cancel)
    {
        var torchThreads = torch.get_num_threads();
        var system = ActorSystem.Create("xclassflow", SystemConfig);
        var delivery = new ActorDelivery(_remote);
        var runners = new Dictionary<StageAddress, StageRunner>();
        GraphPorts ports;
        try
        {
            foreach (var address in graph.Addresses.Where(a => _remote?.IsLocal(a) ?? true))
            {
                runners[address] = graph.CreateRunner(address, delivery, options, () => delivery.Tell(address, StageSignal.Wake));
            }

            ports = GraphPorts.Of(graph, runners.Values);
        }
        catch
        {
            foreach (var runner in runners.Values)
            {
                runner.Dispose();
            }

            await system.Terminate();
            throw;
        }

        _runners = runners;
        var supervision = new Supervision(runners.Count);
        Quiet = supervision.AllFinished;
        foreach (var (address, runner) in runners)
        {
            delivery.Actors[address] = system.ActorOf(
                Props.Create(() => new StageActor(runner, supervision)).WithDispatcher(runner.Stage.IsBrief ? BriefDispatcher : Dispatcher), NameOf(address));
        }

        await using var registration = cancel.Register(() => supervision.Faulted(new OperationCanceledException(cancel)));
        delivery.TellAll(new BeginMessage(ports.IsFeedback, torchThreads));
        _remote?.Attach(new Arrivals(delivery, supervision), graph, ports);
        using var watch = new StallWatch(runners.Values, options.StallTimeout, supervision.Faulted);
        var fault = await supervision.Ended;
        _remote?.Detach();
        var answers = true;
        if (fault is not null)
        {
            supervision.IsAborting = true;
            delivery.TellAll(StageSignal.Abort);
            answers = await WithinAsync(supervision.AllAborted, fault is FlowStalledException ? LastGrace : options.StallTimeout);
        }

        delivery.TellAll(StageSignal.Finish);
        answers &= await WithinAsync(supervision.AllFinished, answers ? options.StallTimeout : LastGrace);
        if (answers)
        {
            await system.Terminate();
        }
        else
        {
            // A thread cannot be stopped: the run ends without it. If it ever comes back, it frees what it holds, and only then is its system taken away.
            _ = TerminateLaterAsync(system, supervision.AllFinished);
            options.Note($"did not stop: {string.Join(" | ", runners.Values.Where(r => !r.IsDisposed).Select(r => r.Describe()))}");
        }

        if ((fault ?? supervision.LateFault) is { } cause)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(cause);
        }
    }

    private static async Task TerminateLaterAsync(ActorSystem system, Task finished)
    {
        await finished;
        await system.Terminate();
    }

    private static async Task<bool> WithinAsync(Task task, TimeSpan limit)
    {
        await task.WaitAsync(limit, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return task.IsCompleted;
    }

    // Names of inserted stages are the user's, and not every text can stand in an actor's path.
    private static string NameOf(StageAddress address)
        => string.Concat(address.Group.Select(c => char.IsAsciiLetterOrDigit(c) ? c.ToString() : $"_{(int)c:x}_")) + $"-{address.Index}";

    private sealed class ActorDelivery(IRemoteParts? remote) : IDelivery
    {
        public Dictionary<StageAddress, IActorRef> Actors { get; } = [];

        public void Deliver(Envelope envelope)
        {
            if (Actors.TryGetValue(new StageAddress(envelope.Link.To, envelope.To), out var actor))
            {
                actor.Tell(envelope, ActorRefs.NoSender);
            }
            else
            {
                remote!.Deliver(envelope);
            }
        }

        public void Credit(Link link, int from, int to)
        {
            if (Actors.TryGetValue(new StageAddress(link.From, from), out var actor))
            {
                actor.Tell(new CreditMessage(link, to), ActorRefs.NoSender);
            }
            else
            {
                remote!.Credit(link, from, to);
            }
        }

        public void Complete(Link link, int from, int to)
        {
            if (Actors.TryGetValue(new StageAddress(link.To, to), out var actor))
            {
                actor.Tell(new CompletionMessage(link, from), ActorRefs.NoSender);
            }
            else
            {
                remote!.Complete(link, from, to);
            }
        }

        public void Tell(StageAddress address, object message) => Actors[address].Tell(message, ActorRefs.NoSender);

        public void TellAll(object message)
        {
            foreach (var actor in Actors.Values)
            {
                actor.Tell(message, ActorRefs.NoSender);
            }
        }
    }

    private sealed class Arrivals(ActorDelivery delivery, Supervision supervision) : IArrivals
    {
        public void Arrived(StageAddress to, RemoteMessage message) => delivery.Tell(to, message);

        public void Credit(Link link, int from, int to) => delivery.Credit(link, from, to);

        public void Complete(Link link, int from, int to) => delivery.Complete(link, from, to);

        public void Failed(Exception cause) => supervision.Faulted(cause);
    }

    private sealed class Supervision : IStageSupervision
    {
        private readonly int _actors;
        private readonly TaskCompletionSource<Exception?> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _completedCount;
        private int _abortedCount;
        private int _finishedCount;

        public Supervision(int actors)
        {
            _actors = actors;
            if (actors == 0)
            {
                // A node may hold no part of a small graph.
                _ended.SetResult(null);
                _aborted.SetResult();
                _finished.SetResult();
            }
        }

        /// <summary>Null when all stages completed, else the first fault.</summary>
        public Task<Exception?> Ended => _ended.Task;

        public bool IsAborting { get; set => Volatile.Write(ref field, value); }

        public Task AllAborted => _aborted.Task;

        public Task AllFinished => _finished.Task;

        public void Completed()
        {
            if (Interlocked.Increment(ref _completedCount) == _actors)
            {
                _ended.TrySetResult(null);
            }
        }

        /// <summary>What failed after everything had ended well: a stage that could not be disposed.</summary>
        public Exception? LateFault { get; private set; }

        public void Faulted(Exception cause)
        {
            if (!_ended.TrySetResult(cause) && cause is StageException)
            {
                LateFault ??= cause;
            }
        }

        public void Aborted()
        {
            if (Interlocked.Increment(ref _abortedCount) == _actors)
            {
                _aborted.TrySetResult();
            }
        }

        public void Finished()
        {
            if (Interlocked.Increment(ref _finishedCount) == _actors)
            {
                _finished.TrySetResult();
            }
        }
    }
}
