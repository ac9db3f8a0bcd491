// Curve and decisions stay bounded, and their sums are those of the steps.
using XClassFlow.Stages.Convergence;
using XClassFlow.Stages.Reporting;
using XClassFlow.Stages.Training;

namespace XClassFlow.Stages.Tests.Reporting;

public sealed class ConvergenceLogTests
{
    [Fact]
    public void A_short_run_has_a_point_for_every_step()
    {
        var log = new ConvergenceLog();
        for (var step = 0; step < 5; step++)
        {
            log.Add(Step(step, 10 - step, applied: step != 2));
        }

        var report = log.ToReport()!;
        Assert.Equal([1, 2, 3, 4, 5], report.Curve.Step);
        Assert.Equal([32, 64, 96, 128, 160], report.Curve.Samples);
        Assert.Equal([10, 9, double.NaN, 7, 6], report.Curve.Loss);
        Assert.Equal(100, report.Curve.NoiseScale[0], 9);
        Assert.Equal(1, report.LeftOut);
        Assert.Null(new ConvergenceLog().ToReport());
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(1_001)]
    [InlineData(54_321)]
    public void A_long_run_has_a_bounded_number_of_points(int steps)
    {
        var log = new ConvergenceLog();
        for (var step = 0; step < steps; step++)
        {
            log.Add(Step(step, step, applied: true));
        }

        var curve = log.ToReport()!.Curve;
        Assert.InRange(curve.Step.Count, 500, ConvergenceLog.MostPoints);
        Assert.Equal(steps, curve.Step[^1]);
        var before = 0L;
        for (var i = 0; i < curve.Step.Count; i++)
        {
            Assert.Equal((before + curve.Step[i] - 1) / 2.0, curve.Loss[i], 6);
            before = curve.Step[i];
        }
    }

    [Fact]
    public void Decisions_are_the_changes_and_bounded()
    {
        var log = new ConvergenceLog();
        for (var step = 0; step < 1_000; step++)
        {
            log.Add(Step(step, 1, applied: true, rate: step < 100 ? 1 : step < 200 ? 1.05 : 2));
        }

        Assert.Equal([0, 200], log.ToReport()!.Decisions.Select(d => d.Step));
        for (var step = 1_000; step < 50_000; step++)
        {
            log.Add(Step(step, 1, applied: true, why: $"reason {step}"));
        }

        Assert.InRange(log.ToReport()!.Decisions.Count, 400, ConvergenceLog.MostPoints);
    }

    private static StepRecord Step(long step, double loss, bool applied, double rate = 1, string why = "why") => new(
        new StepPlan(step, StepPhase.Train, 32 * step, 32, 1, rate, rate, 0, Checkpoint: false),
        why,
        0.5,
        10,
        10,
        new StepOutcome(step, 32, loss, 1) { Applied = applied, HeadGradientNorm = 2, Noise = applied ? new GradientNoise(0.5, 50) : null });
}
