// The lane over TCP keeps the contract.
using XClassFlow.Cluster.Lane;

namespace XClassFlow.Cluster.Tests.Lane;

public sealed class TcpLaneTests : LaneContract
{
    private protected override Task<LaneNodes> OpenAsync(int count, LaneSettings? settings = null) => LaneNodes.OpenAsync(count, settings);
}
