// A connection: its receiving loop, and its life.
using System.Net.Sockets;
using XClassFlow.Cluster.Lane.Wire;

namespace XClassFlow.Cluster.Lane.Tcp;

/// <summary>Sends what one queue has and receives into another until the connection ends. Owns the channel.</summary>
internal sealed class LaneConnection
{
    private readonly LaneChannel _channel;
    private readonly LaneLimits _limits;
    private readonly int _fragment;
    private readonly SendQueue _outgoing;
    private readonly ReceiveQueue _incoming;
    private readonly AsyncSignal _signal;
    private readonly Action _whenResumed;
    private readonly ConnectionSender _sender;
    private readonly FrameReader _reader;
    private readonly LentMemory? _lent;
    private readonly PolledStream? _polled;
    private readonly LoanReader _loans;
    private byte[] _received = new byte[StreamPosition.MaxBytes];
    private Exception? _cause;
    private bool _owesAcknowledgements;
    private bool _lends;
    private bool _resumed;

    /// <param name="channel">The connection; taken over.</param>
    /// <param name="settings">Longest frame and limits.</param>
    /// <param name="rate">What this node's connections may send together; null: as much as they can.</param>
    /// <param name="outgoing">What is sent.</param>
    /// <param name="incoming">Where what comes goes.</param>
    /// <param name="signal">Set when there is something to send.</param>
    /// <param name="whenResumed">Called when the peer has said where to go on: now both sides believe in the connection.</param>
    public LaneConnection(LaneChannel channel, LaneSettings settings, LaneRate? rate, SendQueue outgoing, ReceiveQueue incoming, AsyncSignal signal, Action whenResumed)
    {
        _whenResumed = whenResumed;
        _channel = channel;
        _limits = settings.Limits;
        _fragment = (int)settings.Fragment.Bytes;
        _outgoing = outgoing;
        _incoming = incoming;
        _signal = signal;
        _polled = settings.Lends && channel.IsLocal ? channel.Stream as PolledStream : null;
        if (_polled is not null)
        {
            (_polled.Blocks, _polled.Idle) = (true, AcknowledgeLate);
        }

        _reader = new FrameReader(_polled ?? (channel.Stream as PolledStream)?.Inner ?? channel.Stream, channel.ReceiveKey, new NativeWindow());
        _loans = new LoanReader(incoming, channel.ReceiveKey);
        _lent = settings.Lends && channel.IsLocal ? new LentMemory(channel.SendKey) : null;
        var writer = new FrameWriter(channel.Stream, channel.SendKey, new NativeWindow(), channel.Stream is PolledStream or NetworkStream ? channel.Socket : null);
        _sender = new ConnectionSender(writer, _lent, new LanePace(rate), outgoing, incoming, signal, () => Volatile.Read(ref _cause) is null);
    }

    /// <summary>Whether the peer has said where to go on: the connection works.</summary>
    public bool Resumed => Volatile.Read(ref _resumed);

    /// <summary>Whether large tensors are lent: then sending is little work.</summary>
    public bool LendsMemory => Volatile.Read(ref _lends);

    public long BytesSent => _sender.Sent;

    public long BytesReceived => _reader.Received + _loans.Fetched;

    /// <summary>Runs until the connection ends.</summary>
    /// <returns>Why it ended; a <see cref="LaneException"/> when the peer broke the protocol.</returns>
    public async Task<Exception> RunAsync()
    {
        // What must be said first is collected here: the receiving loop changes it.
        var positions = _incoming.Positions();
        var receiving = _polled is not null
            ? Task.Factory.StartNew(ReceiveAllAsync, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()
            : Task.Run(ReceiveAllAsync);
        var loops = new[] { GuardAsync(_sender.RunAsync(positions)), GuardAsync(receiving) };
        await Task.WhenAll(loops);
        _channel.Dispose();
        _lent?.Dispose();
        return _cause!;
    }

    /// <summary>Ends the connection; the first cause counts.</summary>
    public void Abort(Exception cause)
    {
        if (Interlocked.CompareExchange(ref _cause, cause, null) is null)
        {
            _channel.Socket.Dispose();
            _signal.Set();
        }
    }

    /// <summary>Called now and then: ends a silent connection, and makes a quiet one send a sign of life.</summary>
    public void Tick(TimeSpan keepAlive, TimeSpan silence)
    {
        var now = Environment.TickCount64;
        var quiet = now - _reader.LastTick;
        if (quiet > silence.TotalMilliseconds)
        {
            Abort(new TimeoutException($"nothing came for {quiet / 1000.0:0.0} s"));
        }
        else if (now - _sender.LastTick >= keepAlive.TotalMilliseconds)
        {
            _sender.Ping();
        }
    }

    private async Task GuardAsync(Task loop)
    {
        try
        {
            await loop;
        }
#pragma warning disable CA1031 // Whatever a peer can provoke ends the connection, and nothing else.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Abort(e);
        }

        // The last steps of the sending loop may have been made by a stage's thread.
        await Task.Yield();
    }

    private async Task ReceiveAllAsync()
    {
        while (Volatile.Read(ref _cause) is null)
        {
            if (_loans.HasWork)
            {
                if (_loans.Fetch())
                {
                    _owesAcknowledgements = true;
                    if (_loans.HasWork)
                    {
                        AcknowledgeLate();
                    }
                }

                if (_loans.HasWork && !_reader.HasBytes && _channel.Socket.Available == 0)
                {
                    continue;
                }
            }

            var header = await _reader.ReadHeaderAsync(CancellationToken.None);
            if (!_resumed && header.Type is not FrameType.Resume)
            {
                throw new LaneException($"the connection begins with {header}");
            }

            var acknowledge = false;
            switch (header.Type)
            {
                case FrameType.Data:
                    var parcel = _incoming.Find(header);
                    if (header.Length > _fragment)
                    {
                        throw new LaneException($"a frame of {header.Length} bytes is longer than {_fragment}; 'fragment' must be the same on all nodes");
                    }

                    await _reader.ReadDataAsync(header, parcel.Memory, CancellationToken.None);
                    acknowledge = _incoming.Advance(header.Stream, parcel, header.Length);
                    break;
                case FrameType.Open:
                    acknowledge = _incoming.Open(header, (await ReadAsync(header, ParcelDescriptor.MaxLength(_limits))).Span);
                    break;
                case FrameType.Ping:
                    await ReadAsync(header, 0);
                    break;
                case FrameType.Offer:
                    if (_loans.Try((await ReadAsync(header, LentMemory.OfferSize)).Span))
                    {
                        _sender.Take();
                    }

                    break;
                case FrameType.Take when _lent is not null:
                    await ReadAsync(header, 0);
                    _outgoing.Lend();
                    Volatile.Write(ref _lends, true);
                    break;
                case FrameType.Lend:
                    _loans.Add(header, (await ReadAsync(header, 8 * _limits.Tensors)).Span);
                    break;
                case FrameType.Acknowledge or FrameType.Resume:
                    Apply(header, (await ReadAsync(header, StreamPosition.MaxBytes)).Span);
                    break;
                default:
                    throw new LaneException($"out of place: {header}");
            }

            // What is sent meanwhile takes the acknowledgement along; it goes by itself when nothing more comes.
            _owesAcknowledgements |= acknowledge;
            if (acknowledge && (_polled is null || _loans.HasWork || _reader.HasBytes))
            {
                AcknowledgeLate();
            }
        }
    }

    private void AcknowledgeLate()
    {
        if (_owesAcknowledgements)
        {
            _owesAcknowledgements = false;
            _signal.Set(_lends);
        }
    }

    private void Apply(FrameHeader header, ReadOnlySpan<byte> entries)
    {
        var resume = header.Type == FrameType.Resume;
        if (entries.Length % StreamPosition.Size != 0 || (resume && _resumed))
        {
            throw new LaneException($"malformed or out of place: {header}");
        }

        for (; entries.Length > 0; entries = entries[StreamPosition.Size..])
        {
            var position = StreamPosition.Read(entries);
            if (resume)
            {
                _outgoing.Resume(position.Stream, position.Next, position.Offset);
            }
            else
            {
                _outgoing.Acknowledge(position.Stream, position.Next);
            }
        }

        if (resume && header.Offset == 1)
        {
            Volatile.Write(ref _resumed, true);
            _outgoing.Start();
            _signal.Set();
            _whenResumed();
        }
    }

    private async ValueTask<ReadOnlyMemory<byte>> ReadAsync(FrameHeader header, int most)
    {
        if (header.Length > most)
        {
            throw new LaneException($"too long: {header}");
        }

        if (_received.Length < header.Length)
        {
            _received = new byte[Math.Min(most, 2 * header.Length)];
        }

        var payload = _received.AsMemory(0, header.Length);
        await _reader.ReadAsync(header, payload, CancellationToken.None);
        return payload;
    }
}
