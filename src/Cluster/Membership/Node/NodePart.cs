// The life of a node's part of one incarnation, off the actor's thread.
using XClassFlow.Cluster.Lane;
using XClassFlow.Cluster.Membership.Wire;
using XClassFlow.Stages.Timelines;

namespace XClassFlow.Cluster.Membership.Node;

/// <summary>Loads, waits for all others, connects, waits again, runs, waits until the run is over everywhere, and frees everything before it says that it is over. Told what to do by <see cref="NodeAgent"/>, which it tells what happened.</summary>
#pragma warning disable CA1001 // The sources hold no timer and no handle, and the agent may still cancel them when the life is over.
internal sealed class NodePart
#pragma warning restore CA1001
{
    private readonly TaskCompletionSource _connect = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly Action<LocalMessage> _tell;
    private INodeRun? _run;

    /// <param name="layout">The layout.</param>
    /// <param name="self">This node's number in it.</param>
    /// <param name="tell">Tells the agent; any thread.</param>
    public NodePart(RunLayout layout, int self, Action<LocalMessage> tell)
    {
        Layout = layout;
        Self = self;
        _tell = tell;
        Events = new EventBuffer(self == 0 ? "" : $"node {self}: ");
    }

    public RunLayout Layout { get; }

    public int Self { get; }

    /// <summary>What happened and was not sent yet.</summary>
    public EventBuffer Events { get; }

    /// <summary>Bytes it has sent on the lane so far; all of them once it is over.</summary>
    public long BytesSent => Volatile.Read(ref _run)?.BytesSent ?? 0;

    /// <summary>What its timeline holds; null: there is none.</summary>
    public TimelineTotals? Timeline => Volatile.Read(ref _run)?.Timeline;

    /// <summary>Begins; everything else comes as messages.</summary>
    public void Start(INodeRuntime runtime, ILaneEndpoint lane) => _ = Task.Run(() => LiveAsync(runtime, lane));

    /// <summary>All have loaded.</summary>
    public void Connect() => _connect.TrySetResult();

    /// <summary>All are prepared.</summary>
    public void Go() => _go.TrySetResult();

    /// <summary>Ends in order.</summary>
    public void Stop() => _stop.Cancel();

    /// <summary>Ends at once. Handlers of the token may take their time, and the agent has none.</summary>
    public void Abort() => _ = _abort.CancelAsync();

    private async Task LiveAsync(INodeRuntime runtime, ILaneEndpoint lane)
    {
        INodeRun? run = null;
        try
        {
            run = await runtime.PrepareAsync(Layout, Self, Events, _abort.Token);
            Volatile.Write(ref _run, run);
            _tell(new LocalMessage.Loaded(this, run));
            await _connect.Task.WaitAsync(_abort.Token);
            await run.ConnectAsync(lane, _abort.Token);
            _tell(new LocalMessage.Prepared(this));
            await _go.Task.WaitAsync(_abort.Token);
            var report = await run.RunAsync(_stop.Token, _abort.Token);
            _tell(new LocalMessage.Finished(this, report));

            // Others may still need what this node has sent, or send it something.
            await Task.Delay(Timeout.InfiniteTimeSpan, _abort.Token);
        }
        catch (Exception) when (_abort.IsCancellationRequested)
        {
            // What fails once it was told to stop is no news.
        }
#pragma warning disable CA1031 // Whatever a part throws is this run's failure, not the agent's.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _tell(new LocalMessage.Failing(this, NodeFailure.Of(e)));
        }

        try
        {
            if (run is not null)
            {
                await run.DisposeAsync();
            }
        }
#pragma warning disable CA1031 // A part that cannot be freed must still be over, or no other could begin.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Events.Note($"freeing a part of the run failed: {e.Message}");
        }

        _tell(new LocalMessage.Ended(this));
    }
}
