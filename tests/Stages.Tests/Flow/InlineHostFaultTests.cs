// Faults under the host on one thread.
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Tests.Flow;

public sealed class InlineHostFaultTests : FlowHostFaultTests
{
    protected override bool IsConcurrent => false;

    protected override IFlowHost CreateHost() => new InlineHost();
}
