// How the supervisor plans: warm-up by epochs, the flush between sparse and whole steps, and the trials of `auto`.
using XClassFlow.Data;
using XClassFlow.Stages.Sparsification;

namespace XClassFlow.Stages.Tests.Sparsification;

public sealed class SparsificationPlanTests
{
    private static readonly SparsifierSettings TopK = new(SparsifierKind.TopK, 0.01, [0.5, 0.1]);

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
    [InlineData(1.0, 0.96, true)]
    [InlineData(1.0, 0.98, false)]
    [InlineData(1.0, 1.5, false)]
    public void Auto_goes_on_with_what_was_faster(double whole, double sparse, bool sparseWins)
    {
        var plan = new SparsificationPlan(TopK with { Auto = true, WarmUp = [] }, 100);
        var paths = Run(plan, 100, path => path == GradientPath.Sparse ? sparse : whole);
        Assert.All(paths.Take(SparsificationTrial.Steps), p => Assert.Equal(GradientPath.Whole, p));
        Assert.All(paths.Skip(SparsificationTrial.Steps).Take(SparsificationTrial.Steps), p => Assert.Equal(GradientPath.Sparse, p));
        Assert.All(paths.Skip(50), p => Assert.Equal(sparseWins ? GradientPath.Sparse : GradientPath.Whole, p));
        Assert.Equal(sparseWins ? 0 : 1, paths.Count(p => p == GradientPath.Flush));
    }

    [Fact]
    public void Auto_looks_again_after_a_while_and_follows_a_link_that_became_slow()
    {
        var plan = new SparsificationPlan(TopK with { Auto = true, WarmUp = [] }, 100);
        Assert.Equal(GradientPath.Whole, Run(plan, SparsificationTrial.Every, path => path == GradientPath.Sparse ? 2 : 1)[^1]);
        Assert.Equal(GradientPath.Sparse, Run(plan, 100, path => path == GradientPath.Sparse ? 2 : 9)[^1]);
    }

    [Fact]
    public void Reports_of_steps_before_a_trial_do_not_count_in_it()
    {
        // At the change of the ratio, three steps of the old ratio are still under way; they were slow.
        var plan = new SparsificationPlan(TopK with { Auto = true, WarmUp = [0.5] }, 40);
        var paths = Run(plan, 100, (step, path) => step < 40 ? 50 : path == GradientPath.Sparse ? 2 : 1);
        Assert.All(paths.Skip(60), p => Assert.NotEqual(GradientPath.Sparse, p));
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

    private static GradientPath[] Run(SparsificationPlan plan, int steps, Func<GradientPath, double> seconds) => Run(plan, steps, (_, path) => seconds(path));

    // Reports come three steps later, as with a lookahead of 2. One sample a step.
    private static GradientPath[] Run(SparsificationPlan plan, int steps, Func<int, GradientPath, double> seconds)
    {
        var open = new Queue<(int Step, GradientPath Path)>();
        var paths = new List<GradientPath>();
        for (var step = 0; step < steps; step++)
        {
            if (open.Count == 3)
            {
                var (done, travelled) = open.Dequeue();
                plan.Observe(travelled, seconds(done, travelled));
            }

            var path = plan.Next(step).Path;
            paths.Add(path);
            open.Enqueue((step, path));
        }

        foreach (var (done, travelled) in open)
        {
            plan.Observe(travelled, seconds(done, travelled));
        }

        return [.. paths];
    }
}
