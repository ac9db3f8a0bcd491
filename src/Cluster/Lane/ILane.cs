// The data plane between the nodes of one incarnation; in process, TCP and device libraries are implementations.
namespace XClassFlow.Cluster.Lane;

/// <summary>One node's end of the lane. All members are thread-safe. Disposing closes it without waiting for what was not sent.</summary>
public interface ILane : IAsyncDisposable
{
    /// <summary>
    /// Queues a parcel and returns at once; takes it over, and disposes it when the receiver has acknowledged it or the lane is closed. Within an incarnation parcels of one
    /// stream to one node arrive exactly once and in order, also over reconnects; between streams there is no order, and a small parcel does not wait for a large one of another stream.
    /// </summary>
    /// <param name="node">Receiving node, not this one.</param>
    /// <param name="stream">Number of the stream, from 0; small numbers (links of a graph).</param>
    /// <param name="parcel">The parcel.</param>
    void Send(int node, int stream, Parcel parcel);

    /// <summary>Bytes and parcels so far.</summary>
    LaneTraffic Traffic { get; }
}
