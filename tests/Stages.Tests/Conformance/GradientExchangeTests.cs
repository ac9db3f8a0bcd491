// The all-reduce of gradients as one stage: three senders, one sum.
using XClassFlow.Conformance;
using XClassFlow.Stages.Training;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Tests.Conformance;

public sealed class GradientExchangeTests : StageConformance<GradientExchange>
{
    protected override int Senders => 3;

    protected override GradientExchange Create() => new();

    protected override IEnumerable<Sample> Messages() => [.. Parts(0, 1, 5), .. Parts(0, 0, 7), .. Parts(1, 1, 5)];

    protected override IEnumerable<Sample> EmptyMessages() => Parts(0, 0, 0);

    private static IEnumerable<Sample> Parts(long step, int segment, int size)
        => new[] { 2, 0, 1 }.Select(from => new Sample(new SegmentGradient(step, segment, full(size, 0.1f * (from + 1))), "gradients", from));
}
