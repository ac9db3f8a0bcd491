// What one node sends to another one of the same process.
using XClassFlow.Cluster.Lane.Wire;
using static TorchSharp.torch;

namespace XClassFlow.Cluster.Lane.InProcess;

/// <summary>Queues per stream; each is emptied by a pool thread, one parcel at a time. Thread-safe.</summary>
internal sealed class InProcessOutbox(InProcessLane self, InProcessLane other, long limit)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, Queue<(Parcel Parcel, long Bytes)>> _streams = [];
    private readonly Dictionary<int, Task> _running = [];
    private bool _closed;
    private long _pending;
    private long _bytes;
    private long _parcels;

    public InProcessLane Other => other;

    public long Bytes => Volatile.Read(ref _bytes);

    public long Parcels => Volatile.Read(ref _parcels);

    public long Pending => Volatile.Read(ref _pending);

    /// <summary>Takes a parcel over.</summary>
    public void Send(int stream, Parcel parcel, long bytes)
    {
        var overflow = false;
        lock (_gate)
        {
            if (_closed)
            {
                parcel.Dispose();
                return;
            }

            if (!_streams.TryGetValue(stream, out var queue))
            {
                _streams.Add(stream, queue = new Queue<(Parcel, long)>());
            }

            queue.Enqueue((parcel, bytes));
            overflow = Interlocked.Add(ref _pending, bytes) > limit;
            if (!_running.ContainsKey(stream))
            {
                _running[stream] = Task.Run(() => Empty(stream, queue));
            }
        }

        if (overflow)
        {
            _ = self.LoseAsync(other.Self, new LaneException($"more than {limit} bytes wait for node {other.Self}"), atOnce: true);
        }
    }

    /// <summary>Ends it and frees what waits; completes when nothing is being delivered.</summary>
    public async Task CloseAsync()
    {
        Task[] running;
        lock (_gate)
        {
            _closed = true;
            running = [.. _running.Values];
        }

        await Task.WhenAll(running);
        lock (_gate)
        {
            foreach (var (parcel, bytes) in _streams.Values.SelectMany(q => q))
            {
                parcel.Dispose();
                Interlocked.Add(ref _pending, -bytes);
            }

            _streams.Clear();
        }
    }

    private void Empty(int stream, Queue<(Parcel Parcel, long Bytes)> queue)
    {
        while (true)
        {
            (Parcel Parcel, long Bytes) next;
            lock (_gate)
            {
                if (_closed || !queue.TryDequeue(out next))
                {
                    _running.Remove(stream);
                    return;
                }
            }

            using (next.Parcel)
            {
                if (other.Deliver(self.Self, stream, Copy(next.Parcel, next.Bytes), next.Bytes))
                {
                    Interlocked.Increment(ref _parcels);
                    Interlocked.Add(ref _bytes, next.Bytes);
                }
            }

            Interlocked.Add(ref _pending, -next.Bytes);
        }
    }

    // Without libtorch's own copy: that would give every pool thread a team of OpenMP threads.
    private static Parcel Copy(Parcel parcel, long bytes)
    {
        var head = parcel.Head.ToArray();
        var tensors = parcel.Tensors.Select(t => empty(t.shape, t.dtype, CPU).DetachFromDisposeScope()).ToArray();
        var (from, to) = (new ParcelMemory(parcel.Head, parcel.Tensors), new ParcelMemory(head, tensors));
        var (read, write) = (new NativeWindow(), new NativeWindow());
        for (var offset = (long)head.Length; offset < bytes;)
        {
            var piece = from.Piece(offset, bytes - offset, read);
            piece.CopyTo(to.Piece(offset, piece.Length, write));
            offset += piece.Length;
        }

        return new Parcel(head, tensors);
    }
}
