// One stream's parcels that wait to be sent or acknowledged.
namespace XClassFlow.Cluster.Lane.Tcp;

/// <summary>Guarded by its queue.</summary>
internal sealed class OutgoingStream(int number)
{
    public int Number => number;

    /// <summary>Number of the next parcel.</summary>
    public long Next { get; set; }

    /// <summary>Parcels that were not sent whole on the current connection.</summary>
    public Queue<OutgoingParcel> Waiting { get; private set; } = new();

    /// <summary>Parcels that were.</summary>
    public Queue<OutgoingParcel> Sent { get; } = new();

    /// <summary>Whether it has its turn among the streams of the connection.</summary>
    public bool Queued { get; set; }

    /// <summary>The connection is lost: what was sent may not have arrived.</summary>
    public void Rewind()
    {
        Queued = false;
        Waiting = new Queue<OutgoingParcel>(Sent.Concat(Waiting));
        Sent.Clear();
        foreach (var parcel in Waiting)
        {
            parcel.Offset = -1;
        }
    }
}
