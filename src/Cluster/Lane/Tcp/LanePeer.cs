// The pair of this node and another one.
using XClassFlow.Cluster.Lane.Handshake;

namespace XClassFlow.Cluster.Lane.Tcp;

/// <summary>All connections to one node. Thread-safe.</summary>
internal sealed class LanePeer : IAsyncDisposable
{
    private readonly TcpLane _lane;
    private readonly LaneSettings _settings;
    private readonly CancellationTokenSource _closing = new();
    private readonly LaneSlot[] _slots;
    private readonly ChannelInbox[] _inboxes = [];
    private readonly Lock _gate = new();
    private Task[] _runs = [];
    private Task? _stop;
    private long _pendingBytes;
    private long _reserved;
    private long _sent;
    private long _received;
    private ulong _instance;
    private int _broken;

    /// <param name="lane">This node's end.</param>
    /// <param name="node">The other node.</param>
    /// <param name="plan">Who takes part.</param>
    /// <param name="settings">Settings.</param>
    /// <param name="trust">Secret and certificates.</param>
    public LanePeer(TcpLane lane, int node, LanePlan plan, LaneSettings settings, LaneTrust trust)
    {
        _lane = lane;
        _settings = settings;
        Node = node;
        Address = plan.Addresses[node];
        _slots = new LaneSlot[settings.Connections];
        if (plan.Self > node)
        {
            _inboxes = [.. _slots.Select(_ => new ChannelInbox(lane.Instance, settings.HandshakeTimeout))];
        }

        for (var i = 0; i < _slots.Length; i++)
        {
            var hello = new Hello([], plan.Run, plan.Incarnation, plan.Addresses.Count, plan.Self, node, i, _slots.Length, lane.Instance, trust.Secret.Length > 0);
            IChannelSource source = plan.Self > node ? _inboxes[i] : new Dialer(Address, hello, trust, settings, Recognise);
            _slots[i] = new LaneSlot(this, i, settings, source, _closing.Token);
        }
    }

    public int Node { get; }

    public string Address { get; }

    public LaneRate? Rate => _lane.Rate;

    /// <summary>Completes when all connections are made.</summary>
    public Task Connected => Task.WhenAll(_slots.Select(s => s.Connected));

    public LaneTraffic Traffic
    {
        get
        {
            var bytes = _slots.Select(s => s.Bytes).ToList();
            return new LaneTraffic(
                bytes.Sum(b => b.Sent), bytes.Sum(b => b.Received), Volatile.Read(ref _sent), Volatile.Read(ref _received), Volatile.Read(ref _pendingBytes), _slots.Sum(s => s.Reconnects));
        }
    }

    public void Start()
    {
        lock (_gate)
        {
            _runs = [.. _slots.Select(s => s.RunAsync())];
        }
    }

    /// <summary>Takes a parcel over.</summary>
    public void Send(int stream, OutgoingParcel parcel)
    {
        if (Interlocked.Add(ref _pendingBytes, parcel.Cost) > _settings.Limits.Pending.Bytes)
        {
            Break(new LaneException(
                $"more than {_settings.Limits.Pending} wait for node {Node}; it is too slow, or lane.limits.pending is too small for what the graph has in flight"));
        }

        _slots[stream % _slots.Length].Send(stream, parcel);
    }

    /// <summary>Takes a connection over that the peer has made.</summary>
    /// <exception cref="RefusedException">The peer has lost what was acknowledged; it is lost for good, which is reported.</exception>
    public void Accept(Hello hello, AcceptedChannel accepted)
    {
        try
        {
            Recognise(hello.Instance);
        }
        catch (LaneException e)
        {
            Break(e);
            throw new RefusedException(e.Message, final: true);
        }

        // The peer would not have made a new one if it still believed in the old one.
        _slots[hello.Slot].Abort(new IOException("the peer connected again"));
        _inboxes[hello.Slot].Offer(accepted);
    }

    public void Tick()
    {
        foreach (var slot in _slots)
        {
            slot.Tick();
        }
    }

    /// <summary>The peer is lost for good. Reported once, when nothing can arrive from it any more.</summary>
    public void Break(LaneException cause)
    {
        if (Interlocked.Exchange(ref _broken, 1) == 0)
        {
            _ = ReportAsync(cause);
        }
    }

    /// <summary>Ends all connections and frees what waits.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            return new ValueTask(_stop ??= StopOnceAsync());
        }
    }

    public void Note(string line) => _lane.Note($"node {Node}: {line}");

    /// <summary>A parcel is done.</summary>
    public void Freed(long cost, bool acknowledged)
    {
        Interlocked.Add(ref _pendingBytes, -cost);
        if (acknowledged)
        {
            Interlocked.Increment(ref _sent);
        }
    }

    /// <summary>Counts what the peer makes this node allocate.</summary>
    /// <exception cref="LaneException">It is too much.</exception>
    public void Reserve(long bytes)
    {
        var reserved = Interlocked.Add(ref _reserved, bytes);
        if (bytes > 0 && (bytes > _settings.Limits.Parcel.Bytes || reserved > _settings.Limits.Pending.Bytes))
        {
            Interlocked.Add(ref _reserved, -bytes);
            throw new LaneException($"node {Node} announces a parcel of {bytes} bytes, beyond the limits of this node; they must be the same on all nodes");
        }
    }

    public void Deliver(int stream, Parcel parcel)
    {
        Interlocked.Increment(ref _received);
        try
        {
            _lane.Receiver.Received(Node, stream, parcel);
        }
#pragma warning disable CA1031 // The receiver's fault, whatever it is, must not look like one of the connection.
        catch (Exception e)
#pragma warning restore CA1031
        {
            throw new LaneException($"the receiver failed: {e.Message}", e);
        }
    }

    private void Recognise(ulong instance)
    {
        var known = Interlocked.CompareExchange(ref _instance, instance, 0);
        if (known != 0 && known != instance)
        {
            throw new LaneException($"node {Node} has opened its lane anew within the incarnation; what was sent to it is lost");
        }
    }

    private async Task StopOnceAsync()
    {
        await Task.Yield();
        await _closing.CancelAsync();
        await Task.WhenAll(_runs);
        foreach (var inbox in _inboxes)
        {
            inbox.Dispose();
        }

        foreach (var slot in _slots)
        {
            slot.Close();
        }

        _closing.Dispose();
    }

    private async Task ReportAsync(LaneException cause)
    {
        await DisposeAsync();
        _lane.Broken(Node, cause);
    }
}
