// The continuous strategy: what it decides from made-up measurements, and that it decides the same from the same.
using System.Text.Json;
using XClassFlow.Stages.Convergence;

namespace XClassFlow.Stages.Tests.Convergence;

public sealed class FccsPolicyTests
{
    private const int Batch = 64;
    private const int Updates = 1_000;

    private static readonly Rates Rates = new() { Backbone = 0.1, Head = 1 };

    [Fact]
    public void A_warm_up_rises_in_a_straight_line_and_keeps_the_batch()
    {
        var run = Run(new() { Rates = Rates }, noise: 1e6, loss: Falling);
        for (var step = 0; step < 50; step++)
        {
            Assert.Equal(0.1 * (step + 1) / 50, run.Decisions[step].BackboneRate, 12);
            Assert.Equal(1, run.Decisions[step].MicroBatches);
            Assert.Equal("warm-up", run.Decisions[step].Why);
            Assert.True(run.Decisions[step].MeasuresNoise);
        }
    }

    [Theory]
    [InlineData(1e6, 8)]
    [InlineData(768, 6)]
    [InlineData(10, 1)]
    public void The_batch_goes_to_its_share_of_the_noise_scale_within_bounds(double noise, int expected)
    {
        var run = Run(new() { Rates = Rates, NoiseShare = 0.5, Hurry = 1 }, noise, Falling);
        Assert.Equal(expected, run.Decisions[^2].MicroBatches);
        Assert.All(run.Decisions, d => Assert.InRange(d.MicroBatches!.Value, 1, expected));

        // The last one is cut where the run ends.
        Assert.Equal(Updates * Batch, run.Samples);
        Assert.All(run.Decisions.SkipLast(1).Zip(run.Decisions.Skip(1).SkipLast(1)), p => Assert.True(p.Second.MicroBatches >= p.First.MicroBatches));
    }

    [Fact]
    public void A_negative_mean_of_the_squared_gradient_is_all_noise()
    {
        var run = new PolicyRun(Policy(new() { Rates = Rates })).Go(10_000, Batch, (s, _, samples) => new StepOutcome(s, 0, Falling(samples)) { Noise = new(-1, 5) });
        Assert.Equal(8, run.Decisions[^2].MicroBatches);
    }

    [Fact]
    public void Without_noise_measured_the_batch_stays()
    {
        var run = new PolicyRun(Policy(new() { Rates = Rates })).Go(10_000, Batch, (s, _, samples) => new StepOutcome(s, 0, Falling(samples)));
        Assert.All(run.Decisions, d => Assert.Equal(1, d.MicroBatches));
    }

    [Fact]
    public void The_batch_doubles_no_faster_than_it_may()
    {
        var run = Run(new() { Rates = Rates, Doubling = 0.1 }, 1e6, Falling);
        long samples = 0;
        long? two = null, four = null;
        foreach (var decision in run.Decisions)
        {
            two ??= decision.MicroBatches >= 2 ? samples : null;
            four ??= decision.MicroBatches >= 4 ? samples : null;
            samples += Batch * decision.MicroBatches!.Value;
        }

        Assert.True(four - two >= 0.08 * Updates * Batch, $"from {two} to {four}");
    }

    [Fact]
    public void A_constant_batch_that_does_not_hurry_is_a_cosine()
    {
        var cosine = new WarmupCosinePolicy(new() { Rates = Rates, WarmUp = 0.05 }, Updates);
        var run = Run(new() { Rates = Rates, LargestBatch = 1, Hurry = 1 }, 1e6, Falling);
        Assert.Equal(Updates, run.Decisions.Count);
        for (var step = 0; step < Updates; step++)
        {
            Assert.Equal(cosine.Decide(step).BackboneRate, run.Decisions[step].BackboneRate, 4);
        }
    }

    [Fact]
    public void Rates_follow_the_batch_up_to_their_bound_and_the_temperature_down()
    {
        var run = Run(new() { Rates = Rates, LargestRate = 3 }, 1e6, Falling);
        Assert.Equal(0.3, run.Decisions.Max(d => d.BackboneRate), 12);
        Assert.Equal(3, run.Decisions.Max(d => d.HeadRate), 12);
        Assert.True(run.Decisions[^1].BackboneRate < 0.01);
        Assert.NotNull(run.Decisions[^1].End);
        Assert.InRange(run.Samples, 0.99 * Updates * Batch, 1.01 * Updates * Batch);
    }

    [Fact]
    public void A_level_loss_ends_the_run_sooner()
    {
        var falling = Run(new() { Rates = Rates, Hurry = 2 }, 1e6, Falling);
        var level = Run(new() { Rates = Rates, Hurry = 2 }, 1e6, _ => 3);
        Assert.InRange(level.Samples, 0.5 * Updates * Batch, 0.65 * Updates * Batch);
        Assert.True(level.Samples < falling.Samples);
    }

    [Fact]
    public void Recorded_outcomes_give_the_same_decisions_also_through_a_checkpoint()
    {
        var random = new Random(5);
        StepOutcome Measure(long step, StepDecision decision, long samples) => new(step, 0, Falling(samples) * (1 + (0.2 * random.NextDouble())))
        {
            Noise = new(random.NextDouble() - 0.2, 900 * random.NextDouble()),
            Applied = random.Next(20) > 0,
        };
        var first = new PolicyRun(Policy(new() { Rates = Rates })).Go(150, Batch, Measure);
        first.CatchUp();
        first.Go(10_000, Batch, Measure);

        StepOutcome Recorded(long step, StepDecision decision, long samples) => first.Outcomes[(int)step];
        var policy = Policy(new() { Rates = Rates });
        var again = new PolicyRun(policy).Go(150, Batch, Recorded);
        again.CatchUp();
        using var state = JsonDocument.Parse(policy.SaveState().GetRawText());
        again.Go(10_000, Batch, Recorded);
        Assert.Equal(first.Decisions, again.Decisions);

        var resumed = Policy(new() { Rates = Rates });
        resumed.RestoreState(state.RootElement);
        Assert.Equal(first.Decisions[150], resumed.Decide(150));
        Assert.Equal(first.Decisions[151], resumed.Decide(151));
    }

    private static double Falling(long samples) => 7 * Math.Exp(-4.0 * samples / (Updates * Batch));

    private static FccsPolicy Policy(FccsPolicy.Settings settings) => new(settings, Updates, Batch, 1);

    private static PolicyRun Run(FccsPolicy.Settings settings, double noise, Func<long, double> loss) => new PolicyRun(Policy(settings)).Go(
        10_000, Batch, (step, _, samples) => new StepOutcome(step, 0, loss(samples)) { Noise = new(1, noise) });
}
