// Random graphs, spread over several nodes.
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Tests.Flow;

namespace XClassFlow.Cluster.Tests.Nodes;

public sealed class SplitRandomGraphTests : RandomGraphTests
{
    protected override int Graphs => 15;

    protected override IFlowHost CreateHost() => new SplitHost(3);
}
