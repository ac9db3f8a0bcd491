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

    /// <summary>The parcel under way, if there is one.</summary>
    public IncomingParcel? Current { get; set; }

    /// <summary>Whether an acknowledgement waits to be sent; guarded by the queue.</summary>
    public bool Queued { get; set; }
}
