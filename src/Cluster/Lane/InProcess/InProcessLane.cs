// A node's lane within one process.
using XClassFlow.Cluster.Lane.Wire;

namespace XClassFlow.Cluster.Lane.InProcess;

/// <summary>One outbox per other node. Thread-safe.</summary>
internal sealed class InProcessLane : ILane
{
    private readonly ILaneReceiver _receiver;
    private readonly LaneSettings _settings;
    private readonly Action _closed;
    private readonly InProcessOutbox?[] _outboxes;
    private readonly CancellationTokenSource _closing = new();
    private readonly CancellationToken _closingToken;
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _quiet = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HashSet<int> _lost = [];
    private int _deliveries;
    private bool _isClosed;
    private long _received;
    private long _bytesReceived;

    public InProcessLane(LanePlan plan, ILaneReceiver receiver, LaneSettings settings, Action closed)
    {
        Plan = plan;
        _receiver = receiver;
        _settings = settings;
        _closed = closed;
        _closingToken = _closing.Token;
        _outboxes = new InProcessOutbox?[plan.Addresses.Count];
    }

    public LanePlan Plan { get; }

    public int Self => Plan.Self;

    public int Nodes => Plan.Addresses.Count;

    public LaneTraffic Traffic
    {
        get
        {
            var boxes = _outboxes.OfType<InProcessOutbox>().ToList();
            return new LaneTraffic(boxes.Sum(b => b.Bytes), Volatile.Read(ref _bytesReceived), boxes.Sum(b => b.Parcels), Volatile.Read(ref _received), boxes.Sum(b => b.Pending), 0);
        }
    }

    public void Connect(int node, InProcessLane other) => _outboxes[node] = new InProcessOutbox(this, other, _settings.Limits.Pending.Bytes);

    public void Send(int node, int stream, Parcel parcel)
    {
        try
        {
            ArgumentOutOfRangeException.ThrowIfNegative(stream);
            var box = _outboxes[node] ?? throw new ArgumentException($"node {node} is this node");
            ParcelDescriptor.Encode(parcel, _settings.Limits);
            var memory = new ParcelMemory(parcel.Head, parcel.Tensors);
            if (memory.Length > _settings.Limits.Parcel.Bytes)
            {
                throw new ArgumentException($"a parcel of {memory.Length} bytes exceeds lane.limits.parcel = {_settings.Limits.Parcel}");
            }

            box.Send(stream, parcel, memory.Length);
        }
        catch
        {
            parcel.Dispose();
            throw;
        }
    }

    /// <summary>Takes a parcel over and hands it to the receiver.</summary>
    /// <returns>False when the lane is closed; the parcel is then disposed.</returns>
    public bool Deliver(int node, int stream, Parcel parcel, long bytes)
    {
        lock (_gate)
        {
            if (_isClosed || _lost.Contains(node))
            {
                parcel.Dispose();
                return false;
            }

            _deliveries++;
        }

        try
        {
            Interlocked.Increment(ref _received);
            Interlocked.Add(ref _bytesReceived, bytes);
            _receiver.Received(node, stream, parcel);
            return true;
        }
#pragma warning disable CA1031 // The receiver's fault, whatever it is, must not end a pool thread.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _ = LoseAsync(node, new LaneException($"the receiver failed: {e.Message}", e), atOnce: true);
            return true;
        }
        finally
        {
            lock (_gate)
            {
                if (--_deliveries == 0 && _isClosed)
                {
                    _quiet.TrySetResult();
                }
            }
        }
    }

    /// <summary>Another node is gone; reported when it had time to come back, or at once.</summary>
    public async Task LoseAsync(int node, LaneException cause, bool atOnce)
    {
        await Task.Delay(atOnce ? TimeSpan.Zero : _settings.ReconnectTimeout, _closingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_gate)
        {
            if (_isClosed || !_lost.Add(node))
            {
                return;
            }
        }

        if (_outboxes[node] is { } box)
        {
            await box.CloseAsync();
            _ = box.Other.LoseAsync(Self, new LaneException($"node {Self} has given up this one: {cause.Message}"), atOnce: false);
        }

        _receiver.Broken(node, cause);
    }

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            _isClosed = true;
            if (_deliveries == 0)
            {
                _quiet.TrySetResult();
            }
        }

        _closed();
        await _closing.CancelAsync();
        foreach (var box in _outboxes.OfType<InProcessOutbox>())
        {
            await box.CloseAsync();
            _ = box.Other.LoseAsync(Self, new LaneException($"node {Self} was not reached within {_settings.ReconnectTimeout.TotalSeconds:0.##} s: it has closed its lane"), atOnce: false);
        }

        await _quiet.Task;
        _closing.Dispose();
    }
}
