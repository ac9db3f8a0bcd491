// The all-reduce of gradients as one stage: one of three ranks.
using XClassFlow.Conformance;
using XClassFlow.Stages.Training;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Tests.Conformance;

public sealed class GradientExchangeTests : StageConformance<GradientExchange>
{
    protected override int Senders => 3;

    protected override IReadOnlyDictionary<string, int>? Scatter => new Dictionary<string, int> { ["parts"] = 3 };

    protected override GradientExchange Create() => new();

    // Two segments are under way before the first comes back.
    protected override IEnumerable<Sample> Messages() => [
        Gradient(0, 1, 5), Gradient(0, 0, 7), .. Parts("parts", 0, 1, 1), .. Parts("sums", 0, 1, 1, 2, 2), .. Parts("parts", 0, 0, 2), .. Parts("sums", 0, 0, 2, 2, 3),
        Gradient(1, 1, 2), .. Parts("parts", 1, 1, 0), .. Parts("sums", 1, 1, 0, 1, 1)];

    protected override IEnumerable<Sample> EmptyMessages() => [Gradient(0, 0, 0), .. Parts("parts", 0, 0, 0), .. Parts("sums", 0, 0, 0)];

    private static Sample Gradient(long step, int segment, int size) => new(new SegmentGradient(step, segment, full(size, 0.3f)), "gradients");

    // One size, or one per sender; the last sender's part comes first.
    private static IEnumerable<Sample> Parts(string inlet, long step, int segment, params int[] sizes)
        => new[] { 2, 0, 1 }.Select(from => new Sample(new GradientPart(step, segment, full(sizes[from % sizes.Length], 0.1f * (from + 1))), inlet, from));
}
