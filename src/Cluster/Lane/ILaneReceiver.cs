// Who receives what arrives on a lane.
namespace XClassFlow.Cluster.Lane;

/// <summary>Called by the lane; must return quickly and never block.</summary>
public interface ILaneReceiver
{
    /// <summary>A parcel has arrived; the receiver owns it. Calls for one (node, stream) come one after the other in the order of sending; different ones may come at once.</summary>
    void Received(int node, int stream, Parcel parcel);

    /// <summary>The connection to a node is lost for good (reconnecting took too long, or the peer broke the protocol); at most once per node. Nothing more arrives from it.</summary>
    void Broken(int node, Exception cause);
}
