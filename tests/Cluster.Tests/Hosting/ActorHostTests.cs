// The contract of hosts, for the host of actors.
using XClassFlow.Cluster.Hosting;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Tests.Flow;

namespace XClassFlow.Cluster.Tests.Hosting;

public sealed class ActorHostTests : FlowHostTests
{
    protected override bool IsConcurrent => true;

    protected override IFlowHost CreateHost() => new ActorHost();
}
