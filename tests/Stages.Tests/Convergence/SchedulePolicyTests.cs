// The curves: values at their borders, their shapes, and that state goes through JSON.
using System.Text.Json;
using XClassFlow.Data;
using XClassFlow.Stages.Configuration;
using XClassFlow.Stages.Convergence;
using XClassFlow.Stages.Training;

namespace XClassFlow.Stages.Tests.Convergence;

public sealed class SchedulePolicyTests
{
    private static readonly Rates Rates = new() { Backbone = 0.2, Head = 2 };

    [Fact]
    public void Constant_is_constant()
    {
        var policy = new ConstantPolicy(new() { Rates = Rates }, 10);
        foreach (var step in (long[])[0, 5, 9, 10, 1_000_000])
        {
            Assert.Equal(new StepDecision(0.2, 2, null, "constant"), policy.Decide(step));
        }
    }

    [Fact]
    public void Cosine_rises_in_a_straight_line_and_falls_to_the_final_share()
    {
        var policy = new WarmupCosinePolicy(new() { Rates = Rates, WarmUp = 0.1, Final = 0.01 }, 100);
        for (var step = 0; step < 10; step++)
        {
            Assert.Equal(0.2 * (step + 1) / 10, policy.Decide(step).BackboneRate, 12);
            Assert.Equal("warm-up", policy.Decide(step).Why);
        }

        Assert.Equal(0.2, policy.Decide(10).BackboneRate, 12);
        Assert.Equal(0.2 * (0.01 + 0.99 * 0.5), policy.Decide(55).BackboneRate, 12);
        var last = 0.01 + 0.99 * 0.5 * (1 + Math.Cos(Math.PI * 89 / 90));
        Assert.Equal(2 * last, policy.Decide(99).HeadRate, 12);
        Assert.Equal(policy.Decide(99), policy.Decide(10_000));
        Assert.All(Enumerable.Range(10, 89), s => Assert.True(policy.Decide(s + 1).HeadRate < policy.Decide(s).HeadRate));
    }

    [Fact]
    public void Cosine_without_warm_up_starts_at_the_peak()
    {
        Assert.Equal(0.2, new WarmupCosinePolicy(new() { Rates = Rates, WarmUp = 0 }, 7).Decide(0).BackboneRate, 12);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(1.0)]
    public void A_run_of_one_step_has_a_rate(double warmUp)
    {
        Assert.Equal(0.2, new WarmupCosinePolicy(new() { Rates = Rates, WarmUp = warmUp }, 1).Decide(0).BackboneRate, 12);
        Assert.Equal(0.2, new StepDecayPolicy(new() { Rates = Rates, WarmUp = warmUp, Milestones = [1] }, 1).Decide(0).BackboneRate, 12);
    }

    [Fact]
    public void Step_decay_falls_exactly_at_the_milestones()
    {
        var policy = new StepDecayPolicy(new() { Rates = Rates, WarmUp = 0.05, Milestones = [0.5, 0.75], Factor = 0.1 }, 100);
        Assert.Equal(0.04, policy.Decide(0).BackboneRate, 12);
        Assert.Equal(0.2, policy.Decide(4).BackboneRate, 12);
        Assert.Equal(0.2, policy.Decide(49).BackboneRate, 12);
        Assert.Equal(0.02, policy.Decide(50).BackboneRate, 12);
        Assert.Equal(0.02, policy.Decide(74).BackboneRate, 12);
        Assert.Equal(0.002, policy.Decide(75).BackboneRate, 12);
        Assert.Equal(0.02, policy.Decide(99).HeadRate, 12);
        Assert.Equal("after milestone 2 of 2", policy.Decide(99).Why);
    }

    [Theory]
    [InlineData("constant")]
    [InlineData("step-decay")]
    [InlineData("warmup-cosine")]
    public void State_goes_through_json_and_decisions_do_not_depend_on_history(string type)
    {
        var policy = Create(type);
        for (var step = 0; step < 20; step++)
        {
            policy.Decide(step);
            policy.Observe(new(step, 256, 5.0 / (step + 1), 1.5));
        }

        using var document = JsonDocument.Parse(policy.SaveState().GetRawText());
        var resumed = Create(type);
        resumed.RestoreState(document.RootElement);
        for (var step = 20; step < 40; step++)
        {
            Assert.Equal(policy.Decide(step), resumed.Decide(step));
        }

        using var wrong = JsonDocument.Parse("[]");
        Assert.Throws<UserErrorException>(() => resumed.RestoreState(wrong.RootElement));
        Assert.Throws<ArgumentOutOfRangeException>(() => policy.Decide(-1));
    }

    [Fact]
    public void Settings_name_path_and_key()
    {
        Check("c.rates.backbone", new ConstantPolicy.Settings { Rates = new() { Backbone = -1 } });
        Check("c.rates.head", new ConstantPolicy.Settings { Rates = new() { Head = double.PositiveInfinity } });
        Check("c.warm-up", new WarmupCosinePolicy.Settings { WarmUp = 1.5 });
        Check("c.final", new WarmupCosinePolicy.Settings { Final = double.NaN });
        Check("c.milestones", new StepDecayPolicy.Settings { Milestones = [0.5, 0.4] });
        Check("c.factor", new StepDecayPolicy.Settings { Factor = 2 });

        static void Check(string where, IConvergenceSettings settings) => Assert.Equal(where, Assert.Throws<UserErrorException>(() => settings.Validate("c")).Where);
    }

    [Fact]
    public void Every_type_has_valid_defaults_and_an_unknown_one_is_refused()
    {
        Assert.All(["constant", "step-decay", "warmup-cosine", "fccs"], t => Assert.NotNull(Create(t)));
        Assert.Throws<UserErrorException>(() => Create("magic"));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConstantPolicy(new(), 0));
    }

    private static IConvergencePolicy Create(string type)
        => Components.Policies.Create(ConfigNode.OfMembers([KeyValuePair.Create("type", ConfigNode.OfText(type))]), new PolicySite(40, 256, 1));
}
