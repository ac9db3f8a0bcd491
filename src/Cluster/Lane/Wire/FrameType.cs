// What a frame carries.
namespace XClassFlow.Cluster.Lane.Wire;

/// <summary>First byte of a frame.</summary>
internal enum FrameType : byte
{
    /// <summary>Begins a parcel: its descriptor.</summary>
    Open = 1,

    /// <summary>The next bytes of a parcel.</summary>
    Data = 2,

    /// <summary>How many parcels of some streams have arrived.</summary>
    Acknowledge = 3,

    /// <summary>First frames of a connection: where the other side shall go on.</summary>
    Resume = 4,

    /// <summary>Nothing: the sender is alive.</summary>
    Ping = 5,

    /// <summary>The sender lends its memory: process and address of the proof (<see cref="LentMemory"/>).</summary>
    Offer = 6,

    /// <summary>The offer is taken: large parcels may be lent on this connection.</summary>
    Take = 7,

    /// <summary>All that is left of a parcel: the address of every tensor in the sender's memory.</summary>
    Lend = 8,
}
