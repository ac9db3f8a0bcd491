// A process's end of the data plane, for all incarnations.
namespace XClassFlow.Cluster.Lane;

/// <summary>Where other nodes reach this process's lane. Lives as long as the process; lanes come and go with incarnations.</summary>
public interface ILaneEndpoint : IAsyncDisposable
{
    /// <summary>What other nodes need to connect, e.g. "10.0.0.2:4054".</summary>
    string Address { get; }

    /// <summary>Opens the lane of one incarnation; completes when every pair with this node is connected. One lane is open at a time: an earlier one is closed first.</summary>
    /// <param name="plan">Who takes part.</param>
    /// <param name="receiver">Receives from the moment of the call on.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="LaneException">A node was not reached in time or refused.</exception>
    Task<ILane> OpenAsync(LanePlan plan, ILaneReceiver receiver, CancellationToken cancel);
}
