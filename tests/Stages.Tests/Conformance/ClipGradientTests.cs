// The built-in transform keeps the rules that users' stages keep.
using XClassFlow.Conformance;
using XClassFlow.Stages.Training;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Tests.Conformance;

public sealed class ClipGradientTests : StageConformance<ClipGradient>
{
    protected override ClipGradient Create() => new(new ClipGradient.Settings(2), new StageSite("clip", "backbone.segment_gradients", 0, 1));

    protected override IEnumerable<Sample> Messages() => [
        new(new SegmentGradient(0, 1, ones(2))), new(new SegmentGradient(0, 0, ones(100))), new(new SegmentGradient(1, 1, zeros(3)))];

    protected override IEnumerable<Sample> EmptyMessages() => [new(new SegmentGradient(0, 0, empty(0)))];
}
