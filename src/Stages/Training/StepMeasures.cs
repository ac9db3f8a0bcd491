// Puts the reports of all ranks and shards of a step together.
using XClassFlow.Stages.Convergence;
using XClassFlow.Stages.Sparsification;

namespace XClassFlow.Stages.Training;

/// <summary>From reports to what a policy looks at.</summary>
internal static class StepMeasures
{
    /// <param name="plan">The step.</param>
    /// <param name="heads">One report a shard, in their order.</param>
    /// <param name="backbones">One report a rank, in their order.</param>
    /// <exception cref="InvalidOperationException">Some applied the step and some left it out.</exception>
    public static StepOutcome Of(StepPlan plan, IReadOnlyList<HeadReport> heads, IReadOnlyList<BackboneReport> backbones)
    {
        var (head, backbone) = (heads[0], backbones[0]);
        var applied = head.Applied;
        if (heads.Any(h => h.Applied != applied) || backbones.Any(b => b.Applied != applied))
        {
            throw new InvalidOperationException($"ranks and shards do not agree whether step {plan.Step} is applied: a stage at an edge behind the all-reduce gives them different gradients");
        }

        return new StepOutcome(plan.Step, plan.GlobalBatch, head.Loss, backbone.SegmentNorms is null ? null : backbone.GradientNorm)
        {
            Applied = applied,
            HeadGradientNorm = applied ? Math.Sqrt(heads.Sum(h => h.SquaredGradient)) : null,
            SegmentNorms = backbone.SegmentNorms,
            Noise = applied ? NoiseOf(plan, backbones) : null,
            Trust = TrustRatios.Of(backbone.TrustRatios ?? []),
        };
    }

    // A sparse gradient is not the batch's: part of it waits, and momentum comes along.
    private static GradientNoise? NoiseOf(StepPlan plan, IReadOnlyList<BackboneReport> backbones)
    {
        if (!plan.MeasuresNoise || plan.GradientPath != GradientPath.Whole)
        {
            return null;
        }

        var squared = backbones[0].GradientNorm * backbones[0].GradientNorm;
        return backbones.Sum(b => b.Parts) is var parts and > 1
            ? GradientNoise.OfParts(squared, backbones.Sum(b => b.PartSquares), parts, plan.GlobalBatch)
            : backbones[0].Product is { } product ? GradientNoise.OfConsecutive(squared, product, plan.GlobalBatch) : null;
    }
}
