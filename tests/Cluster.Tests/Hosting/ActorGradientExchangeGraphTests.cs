// The all-reduce under the host of actors.
using XClassFlow.Cluster.Hosting;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Tests.Flow;

namespace XClassFlow.Cluster.Tests.Hosting;

public sealed class ActorGradientExchangeGraphTests : GradientExchangeGraphTests
{
    protected override int Graphs => 25;

    protected override IFlowHost CreateHost() => new ActorHost();
}
