// Checkpoint writers under the host on one thread.
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Tests.Graph;

public sealed class InlineCheckpointWritersTests : CheckpointWritersTests
{
    protected override IFlowHost CreateHost() => new InlineHost();
}
