// The contract of hosts, for a graph that is spread over three nodes.
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Tests.Flow;

namespace XClassFlow.Cluster.Tests.Nodes;

public sealed class SplitHostTests : FlowHostTests
{
    protected override bool IsConcurrent => true;

    protected override bool IsSpread => true;

    protected override IFlowHost CreateHost() => new SplitHost(3);
}
