// The all-reduce of gradients in two hops as one stage: one of three ranks.
using XClassFlow.Conformance;
using XClassFlow.Stages.Training;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Tests.Conformance;

public sealed class GradientExchangeTests : StageConformance<GradientExchange>
{
    protected override IReadOnlyDictionary<string, int>? Scatter => new Dictionary<string, int> { ["parts"] = 3, ["sums"] = 3 };

    protected override GradientExchange Create() => new(pieceValues: 4, underWay: 1, AllReduceWay.TwoHops);

    // Two segments are under way before the first comes back, the second in two pieces; then another rank is ahead with both.
    protected override IEnumerable<Sample> Messages() => [
        Gradient(0, 1, 4), Gradient(0, 0, 7),
        .. Parts("parts", 0, 1, 0, 1, 1), .. Parts("sums", 0, 1, 0, 1, 2), .. Parts("parts", 0, 0, 0, 1, 1), .. Parts("parts", 0, 0, 1, 1, 1), .. Parts("sums", 0, 0, 1, 1, 2), .. Parts("sums", 0, 0, 0, 1, 1),
        Part("parts", 1, 1, 0, 1, 0), Part("parts", 1, 0, 0, 2, 1), Gradient(1, 1, 2, guarded: true), Part("parts", 1, 1, 0, 2, 0), .. Parts("sums", 1, 1, 0, 1, 1),
        Gradient(1, 0, 3, guarded: true), Part("parts", 1, 0, 0, 1, 1), .. Parts("sums", 1, 0, 0, 1, 1)];

    protected override IEnumerable<Sample> EmptyMessages() => [Gradient(0, 0, 0), Gradient(1, 0, 0, guarded: true)];

    private static Sample Gradient(long step, int segment, int size, bool guarded = false) => new(new SegmentGradient(step, segment, full(size, 0.3f), Guarded: guarded), "gradients");

    // Of the other two ranks, the last one first.
    private static IEnumerable<Sample> Parts(string inlet, long step, int segment, int piece, int first, int second)
        => [Part(inlet, step, segment, piece, 2, second), Part(inlet, step, segment, piece, 1, first)];

    private static Sample Part(string inlet, long step, int segment, int piece, int from, int size)
        => new(new GradientPart(step, (segment * 3) + from, segment, piece, from, full(size, 0.1f * (from + 1))), inlet);
}
