// A node's end of the lane over TCP.
using System.Security.Cryptography;
using XClassFlow.Cluster.Lane.Handshake;
using XClassFlow.Cluster.Lane.Wire;

namespace XClassFlow.Cluster.Lane.Tcp;

/// <summary>The pairs of this node with all others in one incarnation.</summary>
internal sealed class TcpLane : ILane
{
    private readonly LanePlan _plan;
    private readonly LaneSettings _settings;
    private readonly Action<string> _note;
    private readonly LanePeer?[] _peers;
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Timer _timer;
    private readonly Lock _gate = new();
    private Task? _close;
    private bool _closed;

    public TcpLane(LanePlan plan, LaneSettings settings, LaneTrust trust, ILaneReceiver receiver, Action<string> note)
    {
        _plan = plan;
        _settings = settings;
        _note = note;
        Receiver = receiver;
        Rate = settings.Rate.Bytes > 0 ? new LaneRate(settings.Rate.Bytes, TimeProvider.System) : null;
        Instance = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)) | 1;
        _peers = [.. plan.Addresses.Select((_, node) => node == plan.Self ? null : new LanePeer(this, node, plan, settings, trust))];
        _timer = new Timer(_ => Tick());
    }

    public int Self => _plan.Self;

    public int Nodes => _plan.Addresses.Count;

    /// <summary>Random number of this lane, never 0.</summary>
    public ulong Instance { get; }

    public ILaneReceiver Receiver { get; }

    /// <summary>What all connections may send together; null: as much as they can.</summary>
    public LaneRate? Rate { get; }

    /// <summary>Whether it was closed by its owner.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_gate)
            {
                return _closed;
            }
        }
    }

    public LaneTraffic Traffic
    {
        get
        {
            var all = _peers.OfType<LanePeer>().Select(p => p.Traffic).ToList();
            return new LaneTraffic(
                all.Sum(t => t.BytesSent), all.Sum(t => t.BytesReceived), all.Sum(t => t.ParcelsSent), all.Sum(t => t.ParcelsReceived), all.Sum(t => t.PendingBytes), all.Sum(t => t.Reconnects));
        }
    }

    /// <summary>Connects to all.</summary>
    /// <exception cref="LaneException">A node was not reached or refused.</exception>
    public async Task OpenAsync(CancellationToken cancel)
    {
        foreach (var peer in _peers)
        {
            peer?.Start();
        }

        var period = TimeSpan.FromMilliseconds(Math.Clamp(_settings.KeepAlive.TotalMilliseconds / 2, 5, 1000));
        _timer.Change(period, period);
        _ = SignalOpenedAsync();
        await _opened.Task.WaitAsync(cancel);
    }

    public void Send(int node, int stream, Parcel parcel)
    {
        OutgoingParcel outgoing;
        LanePeer peer;
        try
        {
            ArgumentOutOfRangeException.ThrowIfNegative(stream);
            peer = _peers[node] ?? throw new ArgumentException($"node {node} is this node");
            outgoing = new OutgoingParcel(parcel, ParcelDescriptor.Encode(parcel, _settings.Limits), new ParcelMemory(parcel.Head, parcel.Tensors));
            if (outgoing.Memory.Length > _settings.Limits.Parcel.Bytes)
            {
                throw new ArgumentException($"a parcel of {outgoing.Memory.Length} bytes exceeds lane.limits.parcel = {_settings.Limits.Parcel}");
            }
        }
        catch
        {
            parcel.Dispose();
            throw;
        }

        peer.Send(stream, outgoing);
    }

    /// <summary>The pair that a connection belongs to.</summary>
    /// <exception cref="RefusedException">To none, and why.</exception>
    public LanePeer Find(Hello hello)
    {
        if (hello.Run != _plan.Run)
        {
            // Not which: without secret and TLS a stranger comes this far, and what he does not know he cannot use. Who knows the run is none.
            throw new RefusedException("this node takes part in another run", final: false);
        }

        if (hello.Incarnation != _plan.Incarnation)
        {
            // A node that is ahead will be followed; one that is behind has missed that the layout has changed.
            throw new RefusedException($"this node is in incarnation {_plan.Incarnation}, not {hello.Incarnation}", final: hello.Incarnation < _plan.Incarnation);
        }

        if (hello.To != Self || hello.Nodes != Nodes || hello.From < 0 || hello.From >= Self)
        {
            throw new RefusedException($"this is node {Self} of {Nodes}, not node {hello.To} of {hello.Nodes} for node {hello.From}", final: true);
        }

        return hello.Slots == _settings.Connections && hello.Slot >= 0 && hello.Slot < hello.Slots
            ? _peers[hello.From]!
            : throw new RefusedException($"this node has lane.connections = {_settings.Connections}, the other {hello.Slots}", final: true);
    }

    public void Note(string line) => _note($"lane: {line}");

    /// <summary>A peer is lost for good and its loops have ended.</summary>
    public void Broken(int node, LaneException cause)
    {
        lock (_gate)
        {
            if (_closed || _opened.TrySetException(cause))
            {
                return;
            }
        }

        Receiver.Broken(node, cause);
    }

    public async ValueTask DisposeAsync()
    {
        Task close;
        lock (_gate)
        {
            _closed = true;
            close = _close ??= CloseAsync();
        }

        await close;
    }

    private async Task CloseAsync()
    {
        await _timer.DisposeAsync();
        await Task.WhenAll(_peers.OfType<LanePeer>().Select(p => p.DisposeAsync().AsTask()));
        _opened.TrySetException(new LaneException("the lane was closed"));
        _ = _opened.Task.Exception;
    }

    private async Task SignalOpenedAsync()
    {
        var all = Task.WhenAll(_peers.OfType<LanePeer>().Select(p => p.Connected));
        await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (all.IsCompletedSuccessfully)
        {
            _opened.TrySetResult();
        }
    }

    private void Tick()
    {
        foreach (var peer in _peers)
        {
            peer?.Tick();
        }
    }
}
