// The guard: what it leaves out, when it backs off, and when it gives up.
using System.Text.Json;
using System.Text.Json.Nodes;
using XClassFlow.Stages.Convergence;

namespace XClassFlow.Stages.Tests.Convergence;

public sealed class GuardedPolicyTests
{
    [Fact]
    public void A_step_that_was_left_out_halves_the_rates_which_come_back()
    {
        var run = new PolicyRun(Guarded(new() { Recovery = 50 })).Go(200, 1, (s, _, _) => s == 30 ? LeftOut : new(s, 1, 5));
        Assert.Equal(1, run.Decisions[32].BackboneRate);
        Assert.Equal(0.5, run.Decisions[33].BackboneRate, 12);
        Assert.Contains("left out", run.Decisions[33].Why, StringComparison.Ordinal);
        Assert.True(run.Decisions[33].DefersCheckpoint);
        Assert.False(run.Decisions[34].DefersCheckpoint);
        Assert.InRange(run.Decisions[60].HeadRate, 0.6, 0.9);
        Assert.Equal(1, run.Decisions[90].BackboneRate);
        Assert.Equal("constant", run.Decisions[90].Why);
        Assert.All(run.Decisions, d => Assert.True(d.Guarded));
    }

    [Fact]
    public void The_ceiling_follows_the_loss_and_gives_way_to_what_stays_high()
    {
        var run = new PolicyRun(Guarded(new() { Spike = 3 }), lookahead: 0).Go(300, 1, (s, d, _) => s < 200 ? new(s, 1, 8.0 * Math.Exp(-s / 50.0)) : new(s, 1, 3) { Applied = 3 <= d.LossCeiling });
        Assert.Equal(double.PositiveInfinity, run.Decisions[0].LossCeiling);
        Assert.Equal((3 * 8) + 0.8, run.Decisions[1].LossCeiling, 9);
        Assert.InRange(run.Decisions[200].LossCeiling, 1.2, 1.6);
        Assert.False(run.Outcomes[200].Applied);
        Assert.All(run.Outcomes.Skip(200).Take(20), o => Assert.False(o.Applied));
        Assert.Contains(run.Outcomes.Skip(220).Take(30), o => o.Applied);
    }

    [Fact]
    public void A_loss_that_drifts_up_backs_off_without_leaving_steps_out()
    {
        var run = new PolicyRun(Guarded(new())).Go(150, 1, (s, _, _) => new(s, 1, s < 50 ? 4 : 4 + (0.1 * (s - 50))));
        Assert.Equal(1, run.Decisions[50].BackboneRate);
        Assert.True(run.Decisions[^1].BackboneRate < 0.6);
        Assert.Contains(run.Decisions, d => d.DefersCheckpoint);
        Assert.Contains("a rise of the loss", run.Decisions[^1].Why, StringComparison.Ordinal);
        Assert.All(run.Outcomes, o => Assert.True(o.Applied));
    }

    /// <summary>The smoothed loss stays one after a drift: one lucky batch is neither a new lowest loss, by which later drifts and plateaus are judged, nor lowers the ceiling of the next step.</summary>
    [Fact]
    public void A_lucky_batch_after_a_drift_counts_as_one_of_a_window()
    {
        var lucky = -1L;
        var run = new PolicyRun(Guarded(new() { Plateau = 400 }), lookahead: 0).Go(600, 1, (s, d, _) =>
        {
            if (lucky < 0 && d.Why.Contains("a rise of the loss", StringComparison.Ordinal))
            {
                lucky = s;
            }

            return new(s, 1, s == lucky ? 0.5 : s < 50 ? 4 : lucky < 0 ? 8 : Math.Max(2, 8 - (0.02 * (s - lucky))));
        });
        Assert.InRange(lucky, 51, 90);
        Assert.InRange(run.Decisions[(int)lucky + 1].LossCeiling, 3 * 5.5, 3 * 8);
        Assert.Equal(600, run.Decisions.Count);
        Assert.All(run.Decisions, d => Assert.Null(d.End));
    }

    [Fact]
    public void State_of_a_version_with_one_count_goes_on()
    {
        var policy = Guarded(new());
        new PolicyRun(policy).Go(50, 1, (s, _, _) => new(s, 1, 4)).CatchUp();
        var state = JsonNode.Parse(policy.SaveState().GetRawText())!;
        Assert.True(state["guard"]!.AsObject().Remove("Averaged"));
        var resumed = Guarded(new());
        resumed.RestoreState(JsonSerializer.SerializeToElement(state));
        resumed.Observe(new(50, 1, 8));
        Assert.Equal((3 * 4.2) + 0.4, resumed.Decide(51).LossCeiling, 9);
    }

    [Fact]
    public void Noise_around_a_falling_loss_is_no_trouble()
    {
        var random = new Random(1);
        var run = new PolicyRun(Guarded(new())).Go(3_000, 1, (s, d, _) =>
        {
            var loss = 7 * Math.Exp(-s / 400.0) * (0.5 + random.NextDouble());
            return new(s, 1, loss) { Applied = loss <= d.LossCeiling };
        });
        Assert.All(run.Decisions, d => Assert.Equal(1, d.BackboneRate));
    }

    [Fact]
    public void Steps_left_out_without_end_are_a_failure_with_a_reason()
    {
        var run = new PolicyRun(Guarded(new())).Go(500, 1, (s, _, _) => s < 5 ? new(s, 1, 7) : LeftOut);
        Assert.InRange(run.Decisions.Count, 55, 60);
        Assert.StartsWith("50 steps in a row were left out, a step with loss NaN was left out; look at the samples", run.Decisions[^1].Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Rates_that_back_off_again_and_again_are_a_failure()
    {
        var run = new PolicyRun(Guarded(new() { Tries = 3 })).Go(5_000, 1, (s, _, _) => new(s, 1, 5 * Math.Exp(s / 30.0)));
        Assert.StartsWith("the rates have backed off 4 times, the last time after a rise of the loss to", run.Decisions[^1].Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plateau_ends_the_run_where_that_is_asked_for()
    {
        static StepOutcome Level(long step, StepDecision decision, long samples) => new(step, 1, Math.Max(1, 5 - (0.1 * step)));
        var run = new PolicyRun(Guarded(new() { Plateau = 60, Window = 1 })).Go(1_000, 1, Level);
        Assert.InRange(run.Decisions.Count, 100, 110);
        Assert.Equal("no lower loss in 60 updates", run.Decisions[^1].End);
        Assert.Equal(300, new PolicyRun(Guarded(new())).Go(300, 1, Level).Decisions.Count);
    }

    [Fact]
    public void State_goes_through_json_with_the_policy_inside()
    {
        var random = new Random(3);
        StepOutcome Measure(long step, StepDecision decision, long samples) => random.Next(15) == 0 ? LeftOut : new(step, 1, 5 * random.NextDouble()) { Noise = new(1, 500) };
        var policy = new GuardedPolicy(new FccsPolicy(new(), 400, 1, 1), new());
        var run = new PolicyRun(policy).Go(120, 1, Measure);
        run.CatchUp();
        using var state = JsonDocument.Parse(policy.SaveState().GetRawText());
        var resumed = new GuardedPolicy(new FccsPolicy(new(), 400, 1, 1), new());
        resumed.RestoreState(state.RootElement);
        var (expected, actual) = (new PolicyRun(policy).Decisions, new PolicyRun(resumed).Decisions);
        for (var step = 120L; step < 160; step++)
        {
            expected.Add(policy.Decide(step));
            actual.Add(resumed.Decide(step));
            var outcome = Measure(step, default, 0) with { Step = step, Samples = 1 };
            policy.Observe(outcome);
            resumed.Observe(outcome);
        }

        Assert.Equal(expected, actual);
    }

    [Fact]
    public void A_guard_can_come_and_go_between_runs()
    {
        var inner = new FccsPolicy(new(), 100, 1, 1);
        inner.Decide(0);
        var guarded = Guarded(new());
        new GuardedPolicy(new FccsPolicy(new(), 100, 1, 1), new()).RestoreState(inner.SaveState());
        Assert.Equal(JsonValueKind.Object, GuardedPolicy.InnerState(guarded.SaveState()).ValueKind);
        Assert.False(GuardedPolicy.InnerState(guarded.SaveState()).TryGetProperty("guard", out _));
        Assert.Equal(inner.SaveState().GetRawText(), GuardedPolicy.InnerState(inner.SaveState()).GetRawText());
    }

    private static StepOutcome LeftOut => new(0, 1, double.NaN) { Applied = false };

    private static GuardedPolicy Guarded(GuardSettings settings) => new(new ConstantPolicy(new() { Rates = new() { Backbone = 1, Head = 1 } }, 100_000), settings);
}
