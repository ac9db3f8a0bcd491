// The all-reduce of gradients in one hop as one stage: one of three ranks.
using XClassFlow.Conformance;
using XClassFlow.Stages.Training;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Tests.Conformance;

public sealed class OneHopGradientExchangeTests : StageConformance<GradientExchange>
{
    protected override IReadOnlyDictionary<string, int>? Scatter => new Dictionary<string, int> { ["parts"] = 3, ["sums"] = 3 };

    protected override GradientExchange Create() => new(pieceValues: 4, underWay: 1, AllReduceWay.OneHop);

    // The first segment comes back piece by piece; of the second all is there before the own gradient is, so that it is reduced, and gone, within the call.
    protected override IEnumerable<Sample> Messages() => [
        Gradient(0, 1, 7), Gradient(0, 0, 4),
        .. Pieces(0, 1, 0, 3), .. Pieces(0, 0, 0, 4), .. Pieces(0, 1, 1, 4),
        .. Pieces(1, 1, 0, 3), .. Pieces(1, 1, 1, 3), Gradient(1, 1, 6, guarded: true), Gradient(1, 0, 1, guarded: true), .. Pieces(1, 0, 0, 1)];

    protected override IEnumerable<Sample> EmptyMessages() => [Gradient(0, 0, 0), Gradient(1, 0, 0, guarded: true)];

    private static Sample Gradient(long step, int segment, int size, bool guarded = false) => new(new SegmentGradient(step, segment, full(size, 0.3f), Guarded: guarded), "gradients");

    // Of the other two ranks, the last one first.
    private static IEnumerable<Sample> Pieces(long step, int segment, int piece, int size) => new[] { 2, 1 }.Select(
        from => new Sample(new GradientPart(step, (segment * 3) + from, segment, piece, from, full(size, 0.1f * (from + 1))), "parts"));
}
