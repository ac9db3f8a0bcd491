// A receiver that keeps what arrives, in the order of arrival per node and stream.
using System.Collections.Concurrent;
using System.Threading.Channels;
using XClassFlow.Cluster.Lane;

namespace XClassFlow.Cluster.Tests.Lane;

/// <summary>Owns the parcels until somebody takes them.</summary>
internal sealed class ParcelLog : ILaneReceiver, IDisposable
{
    private readonly ConcurrentDictionary<(int Node, int Stream), Channel<Parcel>> _arrived = new();
    private readonly TaskCompletionSource<(int Node, Exception Cause)> _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _received;
    private int _brokenCount;

    /// <summary>Parcels received in all.</summary>
    public int Received => Volatile.Read(ref _received);

    /// <summary>How often a node was reported as broken.</summary>
    public int BrokenCount => Volatile.Read(ref _brokenCount);

    void ILaneReceiver.Received(int node, int stream, Parcel parcel)
    {
        Interlocked.Increment(ref _received);
        _arrived.GetOrAdd((node, stream), _ => Channel.CreateUnbounded<Parcel>()).Writer.TryWrite(parcel);
    }

    void ILaneReceiver.Broken(int node, Exception cause)
    {
        Interlocked.Increment(ref _brokenCount);
        _broken.TrySetResult((node, cause));
    }

    /// <summary>The next parcel; the caller owns it.</summary>
    public async Task<Parcel> TakeAsync(int node, int stream, string phase = "waiting for a parcel")
        => await _arrived.GetOrAdd((node, stream), _ => Channel.CreateUnbounded<Parcel>()).Reader.ReadAsync().AsTask().InTime($"{phase}: node {node}, stream {stream}, {Received} received so far");

    /// <summary>Whether nothing more lies here from a node's stream.</summary>
    public bool IsEmpty(int node, int stream) => !_arrived.TryGetValue((node, stream), out var channel) || !channel.Reader.TryPeek(out _);

    public Task<(int Node, Exception Cause)> BrokenAsync(string phase) => _broken.Task.InTime($"{phase}: a node should have been reported as broken, none was");

    public void Dispose()
    {
        foreach (var channel in _arrived.Values)
        {
            while (channel.Reader.TryRead(out var parcel))
            {
                parcel.Dispose();
            }
        }
    }
}
