// The parcels that leave over one connection: streams take turns, parcels stay until they are acknowledged.
namespace XClassFlow.Cluster.Lane.Tcp;

/// <summary>
/// Outlives connections. Thread-safe. At most one sending loop takes fragments at a time, and only between <see cref="Start"/> and <see cref="Rewind"/>.
/// </summary>
/// <param name="fragment">Longest fragment in bytes.</param>
/// <param name="limit">Most streams of the connection.</param>
/// <param name="freed">Told the cost of every parcel that is done, and whether the receiver has it.</param>
internal sealed class SendQueue(int fragment, int limit, Action<long, bool> freed)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, OutgoingStream> _streams = [];
    private readonly Queue<OutgoingStream> _ready = new();
    private bool _started;
    private bool _lends;
    private bool _closed;

    /// <summary>Takes a parcel over.</summary>
    /// <returns>False when the queue is closed; the parcel is then disposed.</returns>
    /// <exception cref="ArgumentException">Too many streams; the parcel is disposed.</exception>
    public bool Add(int number, OutgoingParcel parcel)
    {
        var refused = false;
        lock (_gate)
        {
            if (!_streams.TryGetValue(number, out var stream) && !_closed)
            {
                refused = _streams.Count >= limit;
                if (!refused)
                {
                    _streams.Add(number, stream = new OutgoingStream(number));
                }
            }

            if (!_closed && !refused)
            {
                parcel.Sequence = stream!.Next++;
                stream.Waiting.Enqueue(parcel);
                Queue(stream);
                return true;
            }
        }

        parcel.Dispose();
        freed(parcel.Cost, false);
        return refused ? throw new ArgumentException($"stream {number} is one more than a connection's limit, lane.limits.streams = {limit}") : false;
    }

    /// <summary>The next piece in turn, until <see cref="Done"/>; false when there is none.</summary>
    public bool TryTake(out Fragment next)
    {
        lock (_gate)
        {
            next = default;
            if (!_started || !_ready.TryDequeue(out var stream))
            {
                return false;
            }

            var parcel = stream.Waiting.Peek();
            var opens = parcel.Offset < 0;
            var offset = Math.Max(0, parcel.Offset);
            var left = parcel.Memory.Length - offset;
            var lent = _lends && parcel.Memory.WorthLending && offset >= parcel.Memory.HeadLength;
            var length = lent ? left : Math.Min(fragment, _lends && parcel.Memory.WorthLending ? parcel.Memory.HeadLength - offset : left);
            parcel.Offset = offset + length;
            parcel.Busy = true;
            if (parcel.Offset == parcel.Memory.Length)
            {
                stream.Sent.Enqueue(stream.Waiting.Dequeue());
            }

            next = new Fragment(stream, parcel, opens, offset, length, lent);
            return true;
        }
    }

    /// <summary>The sending loop no longer reads the piece's memory.</summary>
    public void Done(in Fragment sent)
    {
        bool free;
        lock (_gate)
        {
            sent.Parcel.Busy = false;
            free = sent.Parcel.Acknowledged;
            sent.Stream.Queued = false;
            if (_started && sent.Stream.Waiting.Count > 0)
            {
                Queue(sent.Stream);
            }
        }

        if (free)
        {
            Free(sent.Parcel, true);
        }
    }

    /// <summary>The receiver has all parcels of a stream before <paramref name="next"/>.</summary>
    /// <exception cref="LaneException">It cannot have them.</exception>
    public void Acknowledge(int number, long next)
    {
        while (true)
        {
            OutgoingParcel parcel;
            lock (_gate)
            {
                if (!_streams.TryGetValue(number, out var stream) || next > stream.Next - stream.Waiting.Count)
                {
                    throw new LaneException($"the peer acknowledges parcels of stream {number} before {next}, which were not sent");
                }

                if (!stream.Sent.TryPeek(out parcel!) || parcel.Sequence >= next)
                {
                    return;
                }

                stream.Sent.Dequeue();
                parcel.Acknowledged = true;
                if (parcel.Busy)
                {
                    continue;
                }
            }

            Free(parcel, true);
        }
    }

    /// <summary>A new connection: the receiver has all parcels of a stream before <paramref name="next"/> and <paramref name="offset"/> bytes of that one (-1: nothing).</summary>
    /// <exception cref="LaneException">It cannot have them.</exception>
    public void Resume(int number, long next, long offset)
    {
        while (true)
        {
            OutgoingParcel parcel;
            lock (_gate)
            {
                if (_started || !_streams.TryGetValue(number, out var stream) || next > stream.Next || next < stream.Next - stream.Waiting.Count)
                {
                    throw new LaneException($"the peer wants to go on with parcel {next} of stream {number}, which does not wait");
                }

                if (!stream.Waiting.TryPeek(out parcel!) || parcel.Sequence >= next)
                {
                    if (offset >= 0 && (parcel is null || offset >= Math.Max(1, parcel.Memory.Length)))
                    {
                        throw new LaneException($"the peer wants to go on after {offset} bytes of parcel {next} of stream {number}");
                    }

                    if (parcel is not null)
                    {
                        parcel.Offset = offset;
                    }

                    return;
                }

                stream.Waiting.Dequeue();
            }

            Free(parcel, true);
        }
    }

    /// <summary>All is said about where to go on: fragments may be taken.</summary>
    public void Start()
    {
        lock (_gate)
        {
            _started = true;
            foreach (var stream in _streams.Values.Where(s => s.Waiting.Count > 0))
            {
                Queue(stream);
            }
        }
    }

    /// <summary>From now on, until <see cref="Rewind"/>, the tensors of large parcels are lent instead of sent.</summary>
    public void Lend()
    {
        lock (_gate)
        {
            _lends = true;
        }
    }

    /// <summary>The connection is lost and its loops have ended: everything that is not acknowledged waits again.</summary>
    public void Rewind()
    {
        lock (_gate)
        {
            _started = false;
            _lends = false;
            _ready.Clear();
            foreach (var stream in _streams.Values)
            {
                stream.Rewind();
            }
        }
    }

    /// <summary>Disposes everything. The sending loop must have ended.</summary>
    public void Close()
    {
        List<OutgoingParcel> parcels;
        lock (_gate)
        {
            _closed = true;
            _started = false;
            _ready.Clear();
            parcels = [.. _streams.Values.SelectMany(s => s.Sent.Concat(s.Waiting))];
            _streams.Clear();
        }

        parcels.ForEach(p => Free(p, false));
    }

    private void Queue(OutgoingStream stream)
    {
        if (_started && !stream.Queued)
        {
            stream.Queued = true;
            _ready.Enqueue(stream);
        }
    }

    private void Free(OutgoingParcel parcel, bool acknowledged)
    {
        parcel.Dispose();
        freed(parcel.Cost, acknowledged);
    }
}
