// How far a stream has arrived.
namespace XClassFlow.Cluster.Lane.Tcp;

/// <summary>Written by the receiving loop.</summary>
internal sealed class IncomingStream(int number)
{
    private long _next;

    public int Number => number;

    /// <summary>Parcels that were handed over; any thread may read it.</summary>
    public long Next
    {
        get => Volatile.Read(ref _next);
        set => Volatile.Write(ref _next, value);
    }

    /// <summary>Parcels that were begun and not handed over: those whose rest is lent wait to be fetched.</summary>
    public Queue<IncomingParcel> Begun { get; } = new();

    /// <summary>The last of them while bytes of it are to come over the connection.</summary>
    public IncomingParcel? Current { get; set; }

    /// <summary>Number of the last parcel that was begun.</summary>
    public long Latest => Next + Begun.Count - 1;

    /// <summary>Whether an acknowledgement waits to be sent; guarded by the queue.</summary>
    public bool Queued { get; set; }
}
