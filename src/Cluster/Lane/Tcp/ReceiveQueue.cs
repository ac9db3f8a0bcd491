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

        if (stream.Current is not null || header.Sequence != stream.Latest + 1)
        {
            throw new LaneException($"parcel {header.Sequence} of stream {header.Stream} comes in place of parcel {stream.Latest + 1}");
        }

        reserve(header.Offset);
        try
        {
            var (head, tensors) = ParcelDescriptor.Allocate(descriptor, header.Offset, limits);
            stream.Current = new IncomingParcel(head, tensors);
            stream.Begun.Enqueue(stream.Current);
        }
        catch
        {
            reserve(-header.Offset);
            throw;
        }

        return Advance(stream, stream.Current, 0);
    }

    /// <summary>The parcel that a frame's bytes belong to.</summary>
    /// <exception cref="LaneException">They belong to none.</exception>
    public IncomingParcel Find(FrameHeader header)
    {
        if (!_streams.TryGetValue(header.Stream, out var stream) || stream.Current is not { } parcel
            || header.Sequence != stream.Latest || header.Offset != parcel.Offset || header.Length == 0 || header.Length > parcel.Memory.Length - parcel.Offset)
        {
            throw new LaneException($"bytes of a parcel out of order: {header}");
        }

        return parcel;
    }

    /// <summary>The parcel whose rest is lent from now on.</summary>
    /// <exception cref="LaneException">There is none, or not from there on.</exception>
    public IncomingParcel Lend(FrameHeader header)
    {
        if (!_streams.TryGetValue(header.Stream, out var stream) || stream.Current is not { } parcel
            || header.Sequence != stream.Latest || header.Offset != parcel.Offset || parcel.Offset < parcel.Memory.HeadLength)
        {
            throw new LaneException($"a parcel is lent out of order: {header}");
        }

        stream.Current = null;
        return parcel;
    }

    /// <summary>The next bytes of a parcel are there and were checked.</summary>
    /// <returns>Whether there is something to acknowledge.</returns>
    public bool Advance(int stream, IncomingParcel parcel, int length) => Advance(_streams[stream], parcel, length);

    /// <summary>Where all streams stand, for a new connection: the oldest parcel of each goes on, later ones were only lent by the earlier connection and begin anew.</summary>
    public List<StreamPosition> Positions()
    {
        foreach (var stream in _streams.Values)
        {
            stream.Begun.TryDequeue(out var oldest);
            Drop(stream);
            if (oldest is not null)
            {
                stream.Begun.Enqueue(oldest);
                stream.Current = oldest;
            }
        }

        return [.. _streams.Values.Select(s => new StreamPosition(s.Number, s.Next, s.Current?.Offset ?? -1))];
    }

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
        foreach (var stream in _streams.Values)
        {
            Drop(stream);
        }
    }

    private void Drop(IncomingStream stream)
    {
        while (stream.Begun.TryDequeue(out var parcel))
        {
            parcel.Dispose();
            reserve(-parcel.Memory.Length);
        }

        stream.Current = null;
    }

    private bool Advance(IncomingStream stream, IncomingParcel parcel, int length)
    {
        parcel.Offset += length;
        if (!parcel.Complete)
        {
            return false;
        }

        if (stream.Current == parcel)
        {
            stream.Current = null;
        }

        // It may be complete before an older one that is lent.
        var any = false;
        while (stream.Begun.TryPeek(out var oldest) && oldest.Complete)
        {
            stream.Begun.Dequeue();
            Deliver(stream, oldest);
            any = true;
        }

        return any;
    }

    private void Deliver(IncomingStream stream, IncomingParcel parcel)
    {
        reserve(-parcel.Memory.Length);

        // Counted first: should the receiver fail, the parcel is still its own, and must not come a second time.
        stream.Next++;
        lock (_gate)
        {
            if (!stream.Queued)
            {
                stream.Queued = true;
                _arrived.Enqueue(stream);
            }
        }

        // Acknowledged before: what the receiver answers at once takes that along.
        deliver(stream.Number, parcel.ToParcel());
    }
}
