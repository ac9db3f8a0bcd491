// The sparsifier as a stage: one of three ranks, with steps of every kind.
using XClassFlow.Conformance;
using XClassFlow.Stages.Sparsification;
using XClassFlow.Stages.Training;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Tests.Conformance;

public sealed class SparsifierStageTests : StageConformance<SparsifierStage>
{
    private static readonly SparsifierSettings Settings = new(SparsifierKind.TopK, DenseBelow: 4);

    protected override int Senders => 3;

    protected override IReadOnlyDictionary<string, int>? Scatter => new Dictionary<string, int> { ["snapshots"] = 1 };

    protected override SparsifierStage Create() => new(() => new GradientSparsifier(Settings, 0.9, false, 3, 1), () => null, "residual-00000-of-00003.safetensors");

    // Both segments of a step are under way before the first comes back; then everything is flushed, then whole, then lent to a checkpoint.
    protected override IEnumerable<Sample> Messages() => [
        Plan(0, GradientPath.Sparse), Gradient(0, 1, 9), Gradient(0, 0, 3), .. Parts(0, 1, 9), .. Parts(0, 0, 3),
        Plan(1, GradientPath.Flush), Gradient(1, 1, 9), Gradient(1, 0, 3),
        Plan(2, GradientPath.Whole), Gradient(2, 1, 9), Gradient(2, 0, 3),
        Plan(3, GradientPath.Sparse, checkpoint: true), Gradient(3, 1, 9), Gradient(3, 0, 3), .. Parts(3, 1, 9), .. Parts(3, 0, 3),
        new Sample(new SnapshotWritten(3, 0, "there"), "written"),
        Plan(4, GradientPath.Sparse, guarded: true), Gradient(4, 1, 9), Gradient(4, 0, 3), .. Parts(4, 1, 9), .. Parts(4, 0, 3), Verdict(4, true),
        Plan(5, GradientPath.Sparse, guarded: true), Gradient(5, 1, 9), Gradient(5, 0, 3), .. Parts(5, 1, 9), .. Parts(5, 0, 3), Verdict(5, false),
        Plan(6, GradientPath.Whole, guarded: true), Gradient(6, 1, 9), Gradient(6, 0, 3), Verdict(6, true),
        Plan(7, GradientPath.Flush, checkpoint: true, guarded: true), Gradient(7, 1, 9), Gradient(7, 0, 3), Verdict(7, true),
        new Sample(new SnapshotWritten(7, 0, "there"), "written")];

    protected override IEnumerable<Sample> EmptyMessages() => [Plan(9, GradientPath.Sparse), Gradient(9, 7, 0), .. Parts(9, 7, 0), Gradient(9, 0, 3), .. Parts(9, 0, 3)];

    private static Sample Plan(long step, GradientPath path, bool checkpoint = false, bool guarded = false) => new(
        new PlanMessage(step, 0, new StepPlan(step, StepPhase.Train, 0, 6, 1, 0.1, 0.1, 0, checkpoint, GradientPath: path, GradientRatio: path == GradientPath.Sparse ? 0.3 : 1, Guarded: guarded)), "plans");

    private static Sample Verdict(long step, bool applied) => new(new StepVerdict(step, 0, applied), "verdicts");

    private static Sample Gradient(long step, int segment, int size) => new(new SegmentGradient(step, segment, arange(size).to(ScalarType.Float32)), "gradients");

    // The last sender's part comes first.
    private static IEnumerable<Sample> Parts(long step, int segment, int size) => new[] { 2, 0, 1 }.Select(from =>
    {
        using var sparsifier = new GradientSparsifier(Settings, 0, false, 3, 1);
        return new Sample(new SparseGradientPart(step, segment, sparsifier.Compress(0, full(size, 0.1f * (from + 1)), 0.3)), "parts", from);
    });
}
