// Where a pair's next connection comes from.
namespace XClassFlow.Cluster.Lane.Tcp;

/// <summary>The node with the smaller number connects, the other waits.</summary>
internal interface IChannelSource
{
    /// <summary>What went wrong last, for the message of a timeout; empty: nothing yet.</summary>
    string LastFailure { get; }

    /// <summary>Tries until it has a connection, or is cancelled. The caller owns it.</summary>
    /// <exception cref="LaneException">Trying on is of no use.</exception>
    Task<LaneChannel> ConnectAsync(CancellationToken cancel);
}
