// How the supervisor plans: warm-up by epochs, the flush between sparse and whole steps, and the trials of `auto`.
using XClassFlow.Data;
using XClassFlow.Stages.Sparsification;

namespace XClassFlow.Stages.Tests.Sparsification;

public sealed class SparsificationPlanTests
{
    private static readonly SparsifierSettings TopK = new(SparsifierKind.TopK, 0.01, [0.5, 0.1]);
    private static readonly SparsifierSettings Auto = TopK with { Auto = true, WarmUp = [] };

    [Fact]
    public void Every_epoch_of_the_warm_up_has_its_ratio()
    {
        var plan = new SparsificationPlan(TopK, 100);
        Assert.Equal([0.5, 0.5, 0.1, 0.1, 0.01, 0.01], new long[] { 0, 99, 100, 199, 200, 5_000_000_000 }.Select(sample => plan.Next(sample).Ratio));
    }

    [Fact]
    public void Without_sparsification_and_at_ratio_1_gradients_are_whole()
    {
        foreach (var settings in new SparsifierSettings[] { new(), new(SparsifierKind.TopK, 1, []), new(WarmUp: [0.1]) })
        {
            Assert.Equal((GradientPath.Whole, 1), new SparsificationPlan(settings, 10).Next(0));
        }
    }

    [Fact]
    public void One_step_flushes_between_sparse_and_whole_ones_also_after_a_resume()
    {
        var settings = TopK with { WarmUp = [0.5, 1, 1], Ratio = 0.5 };
        var plan = new SparsificationPlan(settings, 2);
        Assert.Equal(GradientPath.Sparse, plan.Next(0).Path);
        plan = new SparsificationPlan(settings, 2, plan.SaveState());
        Assert.Equal(GradientPath.Flush, plan.Next(2).Path);
        plan = new SparsificationPlan(settings, 2, plan.SaveState());
        Assert.Equal(GradientPath.Whole, plan.Next(4).Path);
        Assert.Equal(GradientPath.Sparse, plan.Next(6).Path);
    }

    [Fact]
    public void A_flush_that_was_left_out_is_planned_again()
    {
        var plan = new SparsificationPlan(TopK with { WarmUp = [0.5, 1, 1] }, 2);
        plan.Next(0);
        Assert.Equal(GradientPath.Flush, plan.Next(2).Path);
        Assert.Equal(GradientPath.Whole, plan.Next(3).Path);
        plan.Observe(GradientPath.Flush, 0, applied: false);
        Assert.Equal(GradientPath.Flush, plan.Next(4).Path);
        plan.Observe(GradientPath.Flush, 0);
        Assert.Equal(GradientPath.Whole, plan.Next(5).Path);
    }

    [Theory]
    [InlineData(1.0, 0.6, true, 2)]
    [InlineData(1.0, 0.96, true, 4)]
    [InlineData(1.0, 0.995, false, 4)]
    [InlineData(1.0, 1.1, false, 4)]
    [InlineData(1.0, 1.5, false, 2)]
    public void Auto_goes_on_with_what_was_faster_and_looks_longer_where_it_is_close(double whole, double sparse, bool sparseWins, int rounds)
    {
        var plan = new SparsificationPlan(Auto, 1000);
        var (paths, choices) = Run(plan, 100, path => path == GradientPath.Sparse ? sparse : whole);
        Assert.All(paths.Take(SparsificationTrial.Before + SparsificationTrial.Steps), p => Assert.Equal(GradientPath.Whole, p));
        Assert.All(paths.Skip(SparsificationTrial.Before + SparsificationTrial.Steps).Take(SparsificationTrial.Steps), p => Assert.Equal(GradientPath.Sparse, p));
        Assert.All(paths.Skip(85), p => Assert.Equal(sparseWins ? GradientPath.Sparse : GradientPath.Whole, p));
        Assert.Equal(rounds - (sparseWins ? 1 : 0), paths.Count(p => p == GradientPath.Flush));
        Assert.Equal([new SparsificationChoice(0.01, sparseWins, whole, sparse)], choices);
    }

    [Theory]
    [InlineData(0.96, true)]
    [InlineData(1.03, false)]
    public void One_slow_step_in_four_does_not_decide(double sparse, bool sparseWins)
        => Assert.Equal(sparseWins, Assert.Single(Run(
            new SparsificationPlan(Auto, 1000), 100, (step, path) => (step % 4 == 3 ? 3 : 1) * (path == GradientPath.Sparse ? sparse : 1)).Choices).Sparse);

    [Fact]
    public void The_first_steps_of_a_run_are_in_no_trial()
        => Assert.False(Assert.Single(Run(new SparsificationPlan(Auto, 1000), 100, (step, path) => step < SparsificationTrial.Before ? 100 : path == GradientPath.Sparse ? 2 : 1).Choices).Sparse);

    [Fact]
    public void Where_nothing_is_measured_gradients_stay_sparse()
        => Assert.Equal(GradientPath.Sparse, Run(new SparsificationPlan(Auto, 1000), 100, _ => 0).Paths[^1]);

    [Fact]
    public void Auto_looks_again_after_a_while_and_follows_a_link_that_became_slow()
    {
        var plan = new SparsificationPlan(Auto, 10000);
        var first = SparsificationTrial.Before + (4 * SparsificationTrial.Steps) + 6;
        Assert.Equal(GradientPath.Whole, Run(plan, first + SparsificationTrial.Every, path => path == GradientPath.Sparse ? 1.3 : 1).Paths[^1]);
        Assert.Equal(GradientPath.Sparse, Run(plan, 100, path => path == GradientPath.Sparse ? 2 : 9).Paths[^1]);
    }

    [Theory]
    [InlineData(1, 30)]
    [InlineData(30, 1)]
    [InlineData(1, 1.02)]
    [InlineData(1, 1.1)]
    public void Trials_cost_no_more_than_their_share(double whole, double sparse)
    {
        const int Steps = 300_000;
        var (paths, choices) = Run(new SparsificationPlan(Auto, 10 * Steps), Steps, path => path == GradientPath.Sparse ? sparse : whole);
        var spent = paths.Skip(SparsificationTrial.Before).Sum(p => p == GradientPath.Sparse ? sparse : whole);
        Assert.True(choices.Count > 1);
        Assert.InRange(spent / (Steps * Math.Min(whole, sparse)), 1, 1 + (2 * SparsificationTrial.Share));
    }

    [Fact]
    public void Reports_of_steps_before_a_trial_do_not_count_in_it()
    {
        // At the change of the ratio, three steps of the old ratio are still under way; they were slow.
        var plan = new SparsificationPlan(Auto with { WarmUp = [0.5] }, 40);
        var (paths, choices) = Run(plan, 120, (step, path) => step < 40 ? 50 : path == GradientPath.Sparse ? 2 : 1);
        Assert.All(paths.Skip(85), p => Assert.NotEqual(GradientPath.Sparse, p));
        Assert.Equal(new SparsificationChoice(0.01, false, 1, 2), choices[^1]);
    }

    /// <summary>Other work slows the machine down to a third, for a while that falls into a round's whole steps, or into its sparse ones.</summary>
    [Theory]
    [InlineData(6, 0.97, true)]
    [InlineData(6, 1.04, false)]
    [InlineData(14, 0.97, true)]
    [InlineData(14, 1.04, false)]
    public void Other_work_during_one_round_does_not_decide(int from, double sparse, bool sparseWins)
        => Assert.Equal(sparseWins, Assert.Single(Run(
            new SparsificationPlan(Auto, 1000), 120, (step, path) => (step >= from && step < from + 8 ? 3 : 1) * (path == GradientPath.Sparse ? sparse : 1)).Choices).Sparse);

    /// <summary>Epochs of whole gradients lie between the trials.</summary>
    [Fact]
    public void Steps_of_ratio_1_are_in_no_trial()
    {
        var plan = new SparsificationPlan(Auto with { WarmUp = [0.5, 1] }, 60);
        var (paths, choices) = Run(plan, 250, path => path == GradientPath.Sparse ? 2 : 1);
        Assert.Equal([0.5, 0.01], choices.Select(c => c.Ratio));
        Assert.DoesNotContain(GradientPath.Sparse, paths.Skip(60).Take(60));
    }

    [Theory]
    [InlineData("s.ratio", 0.0, 0.1, 0.0, 1)]
    [InlineData("s.ratio", 1.1, 0.1, 0.0, 1)]
    [InlineData("s.ratio", double.NaN, 0.1, 0.0, 1)]
    [InlineData("s.warm-up", 0.1, 0.0, 0.0, 1)]
    [InlineData("s.clip-norm", 0.1, 0.1, -1.0, 1)]
    [InlineData("s.dense-below", 0.1, 0.1, 0.0, -1)]
    public void Settings_name_path_and_key(string where, double ratio, double warmUp, double clipNorm, int denseBelow)
        => Assert.Equal(where, Assert.Throws<UserErrorException>(
            () => new SparsifierSettings(Ratio: ratio, WarmUp: [warmUp], ClipNorm: clipNorm, DenseBelow: denseBelow).Validate("s")).Where);

    private static (GradientPath[] Paths, List<SparsificationChoice> Choices) Run(SparsificationPlan plan, int steps, Func<GradientPath, double> seconds)
        => Run(plan, steps, (_, path) => seconds(path));

    // Reports come three steps later, as with a lookahead of 2. One sample a step.
    private static (GradientPath[] Paths, List<SparsificationChoice> Choices) Run(SparsificationPlan plan, int steps, Func<int, GradientPath, double> seconds)
    {
        var (paths, choices) = (new List<GradientPath>(), new List<SparsificationChoice>());
        for (var step = 0; step < steps + 3; step++)
        {
            if (step >= 3 && plan.Observe(paths[step - 3], seconds(step - 3, paths[step - 3])) is { } choice)
            {
                choices.Add(choice);
            }

            if (step < steps)
            {
                paths.Add(plan.Next(step).Path);
            }
        }

        return ([.. paths], choices);
    }
}
