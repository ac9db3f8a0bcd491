// The all-reduce under the host on one thread.
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Tests.Flow;

public sealed class InlineGradientExchangeGraphTests : GradientExchangeGraphTests
{
    protected override int Graphs => 100;

    protected override IFlowHost CreateHost() => new InlineHost();
}
