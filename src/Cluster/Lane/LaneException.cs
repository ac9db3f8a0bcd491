// A failure of the data plane.
namespace XClassFlow.Cluster.Lane;

/// <summary>A peer was not reached, refused, or broke the protocol.</summary>
public sealed class LaneException(string message, Exception? cause = null) : Exception(message, cause);
