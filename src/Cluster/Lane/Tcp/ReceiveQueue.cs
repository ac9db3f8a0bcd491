// The parcels that arrive over one connection.
using XClassFlow.Cluster.Lane.Wire;

namespace XClassFlow.Cluster.Lane.Tcp;

/// <summary>
/// Outlives connections; a parcel that was cut off goes on where it stopped. Used by one receiving loop at a time; only the acknowledgements are taken by another thread.
/// </summary>
/// <param name="limits">What is accepted.</param>
/// <param name="accepts">Whether a stream belongs to this connection.</param>
/// <param name="reserve">Counts the bytes of a parcel under way (negative: done); throws a <see cref="LaneException"/> beyond the limit.</param>
/// <param name="deliver">Receives a complete parcel, its stream and takes it over.</param>
internal sealed class ReceiveQueue(LaneLimits limits, Func<int, bool> accepts, Action<long> reserve, Action<int, Parcel> deliver)
{
    private readonly Dictionary<int, IncomingStream> _streams = [];
    private readonly Queue<IncomingStream> _arrived = new();
    private readonly Lock _gate = new();

    /// <summary>Begins a parcel; one without bytes is complete at once.</summary>
    /// <returns>Whether there is something to acknowledge.</returns>
    /// <exception cref="LaneException">It is not the next one of its stream, or malformed.</exception>
    public bool Open(FrameHeader header, ReadOnlySpan<byte> descriptor)
    {
        if (!_streams.TryGetValue(header.Stream, out var stream))
        {
            if (!accepts(header.Stream) || _streams.Count >= limits.Streams)
            {
                throw new LaneException($"stream {header.Stream} does not belong on this connection, or is one too many");
            }

            _streams.Add(header.Stream, stream = new IncomingStream(header.Stream));
        }

        if (stream.Current is not null || header.Sequence != stream.Next)
        {
            throw new LaneException($"parcel {header.Sequence} of stream {header.Stream} comes in place of parcel {stream.Next}");
        }

        reserve(header.Offset);
        try
        {
            var (head, tensors) = ParcelDescriptor.Allocate(descriptor, header.Offset, limits);
            stream.Current = new IncomingParcel(head, tensors);
        }
        catch
        {
            reserve(-header.Offset);
            throw;
        }

        return stream.Current.Complete && Deliver(stream);
    }

    /// <summary>The parcel that a frame's bytes belong to.</summary>
    /// <exception cref="LaneException">They belong to none.</exception>
    public IncomingParcel Find(FrameHeader header)
    {
        if (!_streams.TryGetValue(header.Stream, out var stream) || stream.Current is not { } parcel
            || header.Sequence != stream.Next || header.Offset != parcel.Offset || header.Length == 0 || header.Length > parcel.Memory.Length - parcel.Offset)
        {
            throw new LaneException($"bytes of a parcel out of order: {header}");
        }

        return parcel;
    }

    /// <summary>The frame's bytes are there and were checked.</summary>
    /// <returns>Whether there is something to acknowledge.</returns>
    public bool Advance(FrameHeader header)
    {
        var stream = _streams[header.Stream];
        stream.Current!.Offset += header.Length;
        return stream.Current.Complete && Deliver(stream);
    }

    /// <summary>Where all streams stand, for a new connection.</summary>
    public IEnumerable<StreamPosition> Positions() => _streams.Values.Select(s => new StreamPosition(s.Number, s.Next, s.Current?.Offset ?? -1));

    /// <summary>Takes acknowledgements that wait; thread-safe.</summary>
    /// <returns>Bytes written.</returns>
    public int TakeAcknowledgements(Span<byte> to)
    {
        lock (_gate)
        {
            var used = 0;
            while (to.Length - used >= StreamPosition.Size && _arrived.TryDequeue(out var stream))
            {
                stream.Queued = false;
                new StreamPosition(stream.Number, stream.Next, -1).Write(to[used..]);
                used += StreamPosition.Size;
            }

            return used;
        }
    }

    /// <summary>Disposes what is under way. The receiving loop must have ended.</summary>
    public void Close()
    {
        foreach (var stream in _streams.Values.Where(s => s.Current is not null))
        {
            stream.Current!.Dispose();
            reserve(-stream.Current.Memory.Length);
            stream.Current = null;
        }
    }

    private bool Deliver(IncomingStream stream)
    {
        var parcel = stream.Current!;
        stream.Current = null;
        reserve(-parcel.Memory.Length);

        // Counted first: should the receiver fail, the parcel is still its own, and must not come a second time.
        stream.Next++;
        deliver(stream.Number, parcel.ToParcel());
        lock (_gate)
        {
            if (!stream.Queued)
            {
                stream.Queued = true;
                _arrived.Enqueue(stream);
            }
        }

        return true;
    }
}
