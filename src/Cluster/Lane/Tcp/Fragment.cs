// What the sending loop sends next.
namespace XClassFlow.Cluster.Lane.Tcp;

/// <summary>A piece of a parcel.</summary>
/// <param name="Stream">Its stream.</param>
/// <param name="Parcel">The parcel.</param>
/// <param name="Opens">Whether the descriptor goes first.</param>
/// <param name="Offset">Where the piece begins.</param>
/// <param name="Length">Its bytes; may be 0 with the descriptor.</param>
/// <param name="Lent">Whether the receiver fetches them from this process's memory.</param>
internal readonly record struct Fragment(OutgoingStream Stream, OutgoingParcel Parcel, bool Opens, long Offset, long Length, bool Lent);
