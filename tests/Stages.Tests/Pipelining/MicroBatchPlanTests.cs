// How the number of micro-batches is chosen: from times that the tests make up, so every case is exact.
using XClassFlow.Stages.Pipelining;
using XClassFlow.Stages.Sparsification;

namespace XClassFlow.Stages.Tests.Pipelining;

public sealed class MicroBatchPlanTests
{
    private static readonly MicroBatchCandidates Sixteen = new(256, 2);

    [Theory]
    [InlineData(256, 2, new[] { 1, 2, 4, 8, 16 })]
    [InlineData(4096, 2, new[] { 1, 2, 4, 8, 16 })]
    [InlineData(256, 4, new[] { 1, 2, 4, 8 })]
    [InlineData(96, 1, new[] { 1, 2, 4, 8 })]
    [InlineData(100, 1, new[] { 1, 2, 4 })]
    [InlineData(31, 1, new[] { 1 })]
    [InlineData(1, 8, new[] { 1 })]
    public void Candidates_cut_the_batch_into_equal_parts_of_enough_samples(int batch, int ranks, int[] counts)
        => Assert.Equal(counts, new MicroBatchCandidates(batch, ranks).Counts);

    [Theory]
    [InlineData(4, 100.0, 80.0, 70.0, 90.0, 120.0)]
    [InlineData(1, 100.0, 110.0, 120.0, 130.0, 140.0)]
    [InlineData(16, 100.0, 90.0, 80.0, 70.0, 60.0)]
    [InlineData(1, 100.0, 99.0, 98.5, 99.0, 120.0)]
    [InlineData(2, 100.0, 97.0, 96.0, 99.0, 120.0)]
    public void The_fastest_is_kept_and_more_parts_must_save_two_percent(int expected, params double[] times)
    {
        var plan = new MicroBatchPlan(Sixteen);
        var (counts, choices) = Run(plan, 200, count => times[int.Log2(count)]);
        var choice = Assert.Single(choices);
        Assert.Equal((GradientPath.Whole, expected), (choice.Path, choice.Count));
        Assert.Equal(times, choice.Seconds);
        Assert.All(counts.Take(MicroBatchTrial.Before), c => Assert.Equal(1, c));
        Assert.Equal(
            Sixteen.Counts.SelectMany(c => Enumerable.Repeat(c, MicroBatchTrial.Steps)), counts.Skip(MicroBatchTrial.Before).Take(5 * MicroBatchTrial.Steps));
        Assert.All(counts.Skip(100), c => Assert.Equal(expected, c));
    }

    /// <summary>Every step is slower than the one before. In one pass the first candidate would win by that alone; the second pass goes the other way round.</summary>
    [Fact]
    public void A_machine_that_becomes_slower_favours_none()
    {
        double[] times = [100, 94, 90, 130, 130];
        var (_, choices) = Run(new MicroBatchPlan(Sixteen), 200, (step, count) => times[int.Log2(count)] * (1 + (0.002 * step)));
        Assert.Equal(4, Assert.Single(choices).Count);
    }

    /// <summary>Steps at the beginning of a block, of which the pipeline holds another number, would decide otherwise.</summary>
    [Fact]
    public void The_first_steps_of_a_block_do_not_count()
    {
        var block = 0;
        var last = 0;
        var (_, choices) = Run(new MicroBatchPlan(Sixteen), 200, (_, count) =>
        {
            block = count == last ? block + 1 : 0;
            last = count;
            return count == 4 ? (block < MicroBatchTrial.Settling ? 1000 : 50) : 100;
        });
        Assert.Equal(4, Assert.Single(choices).Count);
    }

    [Fact]
    public void Where_nothing_is_measured_one_micro_batch_stays()
    {
        var (counts, choices) = Run(new MicroBatchPlan(Sixteen), 200, _ => 0);
        Assert.Equal(1, Assert.Single(choices).Count);
        Assert.All(counts.Skip(100), c => Assert.Equal(1, c));
    }

    [Fact]
    public void A_batch_that_grows_counts_per_sample()
    {
        var plan = new MicroBatchPlan(Sixteen);
        double[] times = [100, 80, 70, 90, 120];
        var (_, choices) = Run(plan, 200, (step, count) => times[int.Log2(count)] * Growth(step), step => 256 * Growth(step));
        Assert.Equal(4, Assert.Single(choices).Count);
        Assert.Equal(times, choices[0].Seconds);
        static int Growth(int step) => 1 + (step / 13);
    }

    [Fact]
    public void Sparse_and_whole_gradients_have_their_own_number_and_a_flush_has_that_of_whole_ones()
    {
        var plan = new MicroBatchPlan(Sixteen);
        Run(plan, 120, count => count == 2 ? 50 : 100);
        Run(plan, 120, count => count == 8 ? 50 : 100, path: GradientPath.Sparse);
        Assert.Equal(2, plan.Next(GradientPath.Whole, measures: true));
        Assert.Equal(2, plan.Next(GradientPath.Flush, measures: true));
        Assert.Equal(8, plan.Next(GradientPath.Sparse, measures: true));
    }

    [Fact]
    public void Nothing_is_tried_while_gradients_are_on_trial()
    {
        var plan = new MicroBatchPlan(Sixteen);
        for (var step = 0; step < 50; step++)
        {
            Assert.Equal(1, plan.Next(step % 2 == 0 ? GradientPath.Whole : GradientPath.Sparse, measures: false));
            Assert.Null(plan.Observe(1, 256));
        }
    }

    [Fact]
    public void A_choice_goes_on_after_a_resume_and_a_trial_under_way_begins_anew()
    {
        var plan = new MicroBatchPlan(Sixteen);
        Run(plan, 30, count => count == 2 ? 50 : 100);
        var (counts, choices) = Run(new MicroBatchPlan(Sixteen, plan.SaveState()), 120, count => count == 4 ? 50 : 100);
        Assert.Equal(4, Assert.Single(choices).Count);
        Assert.All(counts.Take(MicroBatchTrial.Before), c => Assert.Equal(1, c));

        Run(plan, 120, count => count == 2 ? 50 : 100);
        (counts, choices) = Run(new MicroBatchPlan(Sixteen, plan.SaveState()), 120, _ => throw new InvalidOperationException("nothing is tried"), times: false);
        Assert.Empty(choices);
        Assert.All(counts, c => Assert.Equal(2, c));
    }

    [Theory]
    [InlineData(512, 2)]
    [InlineData(256, 4)]
    public void A_choice_does_not_hold_for_another_batch_or_number_of_ranks(int batch, int ranks)
    {
        var plan = new MicroBatchPlan(Sixteen);
        Run(plan, 120, count => count == 2 ? 50 : 100);
        Assert.Equal(1, new MicroBatchPlan(new MicroBatchCandidates(batch, ranks), plan.SaveState()).Next(GradientPath.Whole, measures: true));
    }

    [Fact]
    public void A_fixed_number_is_cut_no_further()
    {
        var plan = new MicroBatchPlan(null, new MicroBatchPlan(Sixteen).SaveState());
        Assert.Equal(1, plan.Next(GradientPath.Whole, measures: true));
        Assert.Null(plan.Observe(1, 256));
        Assert.Empty(plan.SaveState());
    }

    private static (List<int> Counts, List<MicroBatchChoice> Choices) Run(MicroBatchPlan plan, int steps, Func<int, double> seconds, GradientPath path = GradientPath.Whole, bool times = true)
        => Run(plan, steps, (_, count) => times ? seconds(count) : 0, path: path);

    // Reports come three steps later, as with a lookahead of 2.
    private static (List<int> Counts, List<MicroBatchChoice> Choices) Run(
        MicroBatchPlan plan, int steps, Func<int, int, double> seconds, Func<int, int>? samples = null, GradientPath path = GradientPath.Whole)
    {
        var (counts, choices) = (new List<int>(), new List<MicroBatchChoice>());
        for (var step = 0; step < steps + 3; step++)
        {
            if (step >= 3 && plan.Observe(seconds(step - 3, counts[step - 3]), samples?.Invoke(step - 3) ?? Sixteen.Batch) is { } choice)
            {
                choices.Add(choice);
            }

            if (step < steps)
            {
                counts.Add(plan.Next(path, measures: true));
            }
        }

        return (counts, choices);
    }
}
