// A connection that came in and whose sender has proved who it is; it waits for this side's last word.
using XClassFlow.Cluster.Lane.Handshake;

namespace XClassFlow.Cluster.Lane.Tcp;

/// <summary>Owns the channel.</summary>
internal sealed record AcceptedChannel(LaneChannel Channel, Transcript Transcript);
