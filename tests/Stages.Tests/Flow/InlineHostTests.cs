// The contract of hosts, for the host on one thread.
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Tests.Flow;

public sealed class InlineHostTests : FlowHostTests
{
    protected override bool IsConcurrent => false;

    protected override IFlowHost CreateHost() => new InlineHost();
}
