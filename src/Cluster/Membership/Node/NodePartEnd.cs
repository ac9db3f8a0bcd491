// How a node's part of an incarnation ended.
namespace XClassFlow.Cluster.Membership.Node;

/// <param name="Finished">Whether it ran to its end.</param>
/// <param name="Report">On node 0 the report, JSON.</param>
/// <param name="BytesSent">Bytes it sent on the lane.</param>
internal sealed record NodePartEnd(bool Finished, string? Report, long BytesSent);
