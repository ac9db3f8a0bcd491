// One of the connections between two nodes, made again whenever it is lost.

namespace XClassFlow.Cluster.Lane.Tcp;

/// <summary>Keeps the queues of its streams over all connections. Thread-safe.</summary>
internal sealed class LaneSlot
{
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(50);

    private readonly LanePeer _peer;
    private readonly int _index;
    private readonly LaneSettings _settings;
    private readonly IChannelSource _source;
    private readonly AsyncSignal _signal = new();
    private readonly SendQueue _outgoing;
    private readonly ReceiveQueue _incoming;
    private readonly CancellationToken _closing;
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LaneConnection? _connection;
    private (string Reason, long When)? _loss;
    private long _pastSent;
    private long _pastReceived;
    private int _reconnects = -1;

    /// <param name="peer">The pair it belongs to.</param>
    /// <param name="index">Its number among the pair's connections.</param>
    /// <param name="settings">Settings.</param>
    /// <param name="source">Where connections come from.</param>
    /// <param name="closing">Ends it.</param>
    public LaneSlot(LanePeer peer, int index, LaneSettings settings, IChannelSource source, CancellationToken closing)
    {
        _peer = peer;
        _index = index;
        _settings = settings;
        _source = source;
        _closing = closing;
        _outgoing = new SendQueue(settings.LongestSent, settings.Limits.Streams, peer.Freed);
        _incoming = new ReceiveQueue(settings.Limits, stream => stream % settings.Connections == index, peer.Reserve, peer.Deliver);
    }

    /// <summary>Completes when it works for the first time.</summary>
    public Task Connected => _connected.Task;

    public int Reconnects => Math.Max(0, Volatile.Read(ref _reconnects));

    public (long Sent, long Received) Bytes
    {
        get
        {
            lock (_gate)
            {
                return (_pastSent + (_connection?.BytesSent ?? 0), _pastReceived + (_connection?.BytesReceived ?? 0));
            }
        }
    }

    /// <summary>Takes a parcel over.</summary>
    public void Send(int stream, OutgoingParcel parcel)
    {
        if (_outgoing.Add(stream, parcel))
        {
            _signal.Set(here: Volatile.Read(ref _connection) is { LendsMemory: true });
        }
    }

    /// <summary>Ends the current connection; another is made.</summary>
    public void Abort(Exception cause)
    {
        lock (_gate)
        {
            _connection?.Abort(cause);
        }
    }

    /// <summary>Called now and then.</summary>
    public void Tick()
    {
        lock (_gate)
        {
            _connection?.Tick(_settings.KeepAlive, _settings.Silence);
        }
    }

    /// <summary>Runs until it is closed, or until the peer is lost for good, which it reports.</summary>
    public async Task RunAsync()
    {
        await Task.Yield();
        try
        {
            var (since, limit) = (Environment.TickCount64, _settings.ConnectTimeout);
            while (true)
            {
                var (works, cause) = await RunOnceAsync(since, limit);
                _closing.ThrowIfCancellationRequested();
                if (cause is LaneException)
                {
                    throw cause;
                }

                // A connection that never worked does not start the clock anew.
                if (works)
                {
                    (since, limit) = (Environment.TickCount64, _settings.ReconnectTimeout);
                }

                else
                {
                    await Task.Delay(PauseAfterFailure, _closing);
                }

                _loss = (cause.Message, Environment.TickCount64);
            }
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
        }
#pragma warning disable CA1031 // Whatever happened here, the graph must learn that the peer is gone.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _peer.Break(e as LaneException ?? new LaneException($"the connection to node {_peer.Node} failed: {e.Message}", e));
        }
    }

    /// <summary>Frees what waits. <see cref="RunAsync"/> must have ended.</summary>
    public void Close()
    {
        _connected.TrySetCanceled(CancellationToken.None);
        _outgoing.Close();
        _incoming.Close();
    }

    private async Task<(bool Works, Exception Cause)> RunOnceAsync(long since, TimeSpan limit)
    {
        var channel = await ConnectAsync(since, limit);
        var connection = new LaneConnection(channel, _settings, _peer.Rate, _outgoing, _incoming, _signal, () => _connected.TrySetResult());
        lock (_gate)
        {
            _connection = connection;
            _reconnects++;
        }

        // Noted now and not when it was lost: at the end of a run every node loses its connections.
        if (_loss is var (reason, when))
        {
            _peer.Note($"connection {_index} was lost ({reason}) and is there again after {(Environment.TickCount64 - when) / 1000.0:0.0} s");
            _loss = null;
        }

        await using var registration = _closing.Register(() => connection.Abort(new OperationCanceledException(_closing)));
        var cause = await connection.RunAsync();
        lock (_gate)
        {
            _connection = null;
            _pastSent += connection.BytesSent;
            _pastReceived += connection.BytesReceived;
        }

        _outgoing.Rewind();
        return (connection.Resumed, cause);
    }

    private async Task<LaneChannel> ConnectAsync(long since, TimeSpan limit)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(_closing);
        deadline.CancelAfter(TimeSpan.FromMilliseconds(Math.Max(0, limit.TotalMilliseconds - (Environment.TickCount64 - since))));
        try
        {
            return await _source.ConnectAsync(deadline.Token);
        }
        catch (OperationCanceledException e) when (!_closing.IsCancellationRequested)
        {
            var failure = _source.LastFailure.Length > 0 ? _source.LastFailure : "it did not connect";
            failure += _loss is null ? "" : $" (the connection was lost: {_loss.Value.Reason})";
            throw new LaneException($"node {_peer.Node} ({_peer.Address}) was not reached within {limit.TotalSeconds:0.##} s: {failure}", e);
        }
    }
}
