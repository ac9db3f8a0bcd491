// A parcel on its way out.
using XClassFlow.Cluster.Lane.Wire;

namespace XClassFlow.Cluster.Lane.Tcp;

/// <summary>A queued parcel and how far it has got. Owns the parcel; guarded by its queue.</summary>
internal sealed class OutgoingParcel(Parcel parcel, byte[] descriptor, ParcelMemory memory) : IDisposable
{
    /// <summary>Bytes it is counted with.</summary>
    public long Cost => memory.Length + descriptor.Length;

    public byte[] Descriptor => descriptor;

    public ParcelMemory Memory => memory;

    public long Sequence { get; set; }

    /// <summary>Bytes handed to the connection; -1: not even the descriptor.</summary>
    public long Offset { get; set; } = -1;

    /// <summary>Whether the sending loop reads the memory right now; it must then not be freed.</summary>
    public bool Busy { get; set; }

    /// <summary>Whether the receiver has it.</summary>
    public bool Acknowledged { get; set; }

    public void Dispose() => parcel.Dispose();
}
