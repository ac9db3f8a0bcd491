// Checkpoint writers under the host of actors.
using XClassFlow.Cluster.Hosting;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Tests.Graph;

namespace XClassFlow.Cluster.Tests.Hosting;

public sealed class ActorCheckpointWritersTests : CheckpointWritersTests
{
    protected override IFlowHost CreateHost() => new ActorHost();
}
