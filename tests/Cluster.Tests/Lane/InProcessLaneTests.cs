// The lane within one process keeps the contract.
using XClassFlow.Cluster.Lane;

namespace XClassFlow.Cluster.Tests.Lane;

public sealed class InProcessLaneTests : LaneContract
{
    private protected override Task<LaneNodes> OpenAsync(int count, LaneSettings? settings = null) => LaneNodes.OpenInProcessAsync(count, settings);
}
