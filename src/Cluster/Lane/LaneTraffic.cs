// What went over a lane so far.
namespace XClassFlow.Cluster.Lane;

/// <summary>Counters of one node's end, over all peers.</summary>
/// <param name="BytesSent">Bytes written to connections, repeats after a reconnect included.</param>
/// <param name="BytesReceived">Bytes read.</param>
/// <param name="ParcelsSent">Parcels acknowledged by their receivers.</param>
/// <param name="ParcelsReceived">Parcels handed to the receiver.</param>
/// <param name="PendingBytes">Bytes of parcels that wait to be sent or acknowledged.</param>
/// <param name="Reconnects">Connections that were made again.</param>
public readonly record struct LaneTraffic(long BytesSent, long BytesReceived, long ParcelsSent, long ParcelsReceived, long PendingBytes, long Reconnects);
