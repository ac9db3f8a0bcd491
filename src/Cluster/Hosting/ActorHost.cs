// The host that runs every stage as an actor with a thread of its own, in one process.
using System.Diagnostics;
using Akka.Actor;
using Akka.Configuration;
using XClassFlow.Stages.Flow;
using Envelope = XClassFlow.Stages.Flow.Envelope;

namespace XClassFlow.Cluster.Hosting;

/// <summary>
/// Runs a graph as actors. The first fault stops everything in two rounds: all actors stop working and acknowledge, then, when nothing can be under way any more,
/// each disposes of its stage and of what was waiting for it; so nothing is lost in memory.
/// </summary>
public sealed class ActorHost : IFlowHost
{
    private const string Dispatcher = "xclassflow-stage";

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
        {{Dispatcher}} { type = PinnedDispatcher, throughput = 1 }
        """);

    private IReadOnlyDictionary<StageAddress, StageRunner> _runners = new Dictionary<StageAddress, StageRunner>();

    public IReadOnlyList<(StageAddress Stage, double BusySeconds)> Load
        => [.. _runners.Values.Select(r => (r.Address, r.BusyTicks / (double)Stopwatch.Frequency))];

    public async Task RunAsync(FlowGraph graph, FlowOptions options, CancellationToken cancel)
    {
        using var system = ActorSystem.Create("xclassflow", SystemConfig);
        var delivery = new ActorDelivery();
        var runners = new Dictionary<StageAddress, StageRunner>();
        try
        {
            foreach (var address in graph.Addresses)
            {
                runners[address] = graph.CreateRunner(address, delivery, options, () => delivery.Tell(address, StageSignal.Wake));
            }

            FlowGraph.CheckTypes(runners, graph);
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
        foreach (var (address, runner) in runners)
        {
            delivery.Actors[address] = system.ActorOf(
                Props.Create(() => new StageActor(runner, supervision)).WithDispatcher(Dispatcher), NameOf(address));
        }

        await using var registration = cancel.Register(() => supervision.Faulted(new OperationCanceledException(cancel)));
        delivery.TellAll(new BeginMessage(link => FlowGraph.IsFeedback(link, runners)));
        using var watch = new StallWatch(runners.Values, options.StallTimeout, supervision.Faulted);
        var fault = await supervision.Ended;
        var answers = true;
        if (fault is not null)
        {
            delivery.TellAll(StageSignal.Abort);
            answers = await WithinAsync(supervision.AllAborted, fault is FlowStalledException ? LastGrace : options.StallTimeout);
        }

        delivery.TellAll(StageSignal.Finish);
        answers &= await WithinAsync(supervision.AllFinished, answers ? options.StallTimeout : LastGrace);
        var terminated = system.Terminate();
        if (answers)
        {
            await terminated;
        }
        else
        {
            // Its thread cannot be stopped; the run ends without it, and its memory is freed if it ever comes back.
            options.Note($"did not stop: {string.Join(" | ", runners.Values.Where(r => !r.IsDisposed).Select(r => r.Describe()))}");
        }

        if ((fault ?? supervision.LateFault) is { } cause)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(cause);
        }
    }

    private static async Task<bool> WithinAsync(Task task, TimeSpan limit)
    {
        await task.WaitAsync(limit, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return task.IsCompleted;
    }

    // Names of inserted stages are the user's, and not every text can stand in an actor's path.
    private static string NameOf(StageAddress address)
        => string.Concat(address.Group.Select(c => char.IsAsciiLetterOrDigit(c) ? c.ToString() : $"_{(int)c:x}_")) + $"-{address.Index}";

    private sealed class ActorDelivery : IDelivery
    {
        public Dictionary<StageAddress, IActorRef> Actors { get; } = [];

        public void Deliver(Envelope envelope) => Tell(new StageAddress(envelope.Link.To, envelope.To), envelope);

        public void Credit(Link link, int from, int to) => Tell(new StageAddress(link.From, from), new CreditMessage(link, to));

        public void Complete(Link link, int from, int to) => Tell(new StageAddress(link.To, to), new CompletionMessage(link, from));

        public void Tell(StageAddress address, object message) => Actors[address].Tell(message, ActorRefs.NoSender);

        public void TellAll(object message)
        {
            foreach (var actor in Actors.Values)
            {
                actor.Tell(message, ActorRefs.NoSender);
            }
        }
    }

    private sealed class Supervision(int actors) : IStageSupervision
    {
        private readonly TaskCompletionSource<Exception?> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _completedCount;
        private int _abortedCount;
        private int _finishedCount;

        /// <summary>Null when all stages completed, else the first fault.</summary>
        public Task<Exception?> Ended => _ended.Task;

        public Task AllAborted => _aborted.Task;

        public Task AllFinished => _finished.Task;

        public void Completed()
        {
            if (Interlocked.Increment(ref _completedCount) == actors)
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
            if (Interlocked.Increment(ref _abortedCount) == actors)
            {
                _aborted.TrySetResult();
            }
        }

        public void Finished()
        {
            if (Interlocked.Increment(ref _finishedCount) == actors)
            {
                _finished.TrySetResult();
            }
        }
    }
}
