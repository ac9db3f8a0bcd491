// A global batch that grows by accumulation is the same as a larger one, and a run stays as many samples long.
using XClassFlow.Stages.Convergence;
using XClassFlow.Stages.Selection;

namespace XClassFlow.Stages.Tests.Graph;

public sealed class BatchGrowthTests
{
    [Theory]
    [InlineData(SelectionMode.All, 1, 0)]
    [InlineData(SelectionMode.All, 2, 0)]
    [InlineData(SelectionMode.Mix, 1, 0)]
    [InlineData(SelectionMode.Mix, 2, 8)]
    public async Task Four_micro_batches_are_one_batch_four_times_as_large(SelectionMode mode, int replicas, int group)
    {
        var active = mode == SelectionMode.All ? new ActiveClassesSettings() : new ActiveClassesSettings(mode, Budget: 150, Neighbours: 6, Group: group);
        var large = await OneUpdateAsync(path => new TinyRun { Updates = 1, Checkpoint = path, Batch = 64, Replicas = replicas, Active = active });
        var grown = await OneUpdateAsync(path => new TinyRun
        {
            Updates = 1, Checkpoint = path, Batch = 16, Replicas = replicas, Active = active, Policy = new ScriptedPolicy(_ => ScriptedPolicy.Rates(microBatches: 4)),
        });
        Assert.Equal(64, grown.Steps[0].Plan.GlobalBatch);
        Assert.Equal(4, grown.Steps[0].Plan.MicroBatches);
        Assert.Equal(large.Losses[0], grown.Losses[0], 6);
        Assert.Equal(large.Weights.Keys.Order(), grown.Weights.Keys.Order());
        foreach (var (name, expected) in large.Weights)
        {
            var scale = Math.Max(1e-3, expected.Max(Math.Abs));
            Assert.True(expected.Zip(grown.Weights[name], (a, b) => Math.Abs(a - b)).Max() <= 1e-6 * scale, name);
        }
    }

    [Fact]
    public async Task A_run_of_samples_ends_at_them_in_fewer_updates_and_is_evaluated_where_a_constant_batch_would_be()
    {
        var run = await new TinyRun
        {
            Batch = 16,
            Updates = 40,
            Samples = 640,
            EvaluateEvery = 10,
            HeldOutSamples = 50,
            Policy = new ScriptedPolicy(s => ScriptedPolicy.Rates(microBatches: s < 10 ? 1 : 3)),
        }.RunInlineAsync();
        Assert.Equal(20, run.Steps.Count);
        Assert.Equal(640, run.Steps.Sum(s => s.Plan.GlobalBatch));
        Assert.All(run.Steps.Zip(run.Steps.Skip(1)), p => Assert.Equal(p.First.Plan.FirstSample + p.First.Plan.GlobalBatch, p.Second.Plan.FirstSample));
        Assert.Equal(10, run.Evaluations[0]);
        Assert.Equal(20, run.Evaluations[^1]);
        Assert.Equal(4, run.Evaluations.Count);
    }

    [Fact]
    public async Task A_grown_batch_is_cut_where_the_run_ends()
    {
        var run = await new TinyRun { Batch = 16, Updates = 40, Samples = 160, Policy = new ScriptedPolicy(_ => ScriptedPolicy.Rates(microBatches: 4)) }.RunInlineAsync();
        Assert.Equal([64, 64, 32], run.Steps.Select(s => s.Plan.GlobalBatch));
    }

    [Fact]
    public async Task A_policy_can_end_the_run()
    {
        var run = await new TinyRun { HeldOutSamples = 50, Policy = new ScriptedPolicy(s => ScriptedPolicy.Rates() with { End = s == 6 ? "enough" : null }) }.RunInlineAsync();
        Assert.Equal(7, run.Steps.Count);
        Assert.Equal([7], run.Evaluations);
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 1)]
    [InlineData(2, 2)]
    public async Task The_noise_of_a_step_does_not_depend_on_how_it_is_measured(int replicas, int microBatches)
    {
        // Means over many steps at weights that stand still: the same samples, cut in another way.
        var still = new ScriptedPolicy(_ => ScriptedPolicy.Rates(0, 0, microBatches) with { MeasuresNoise = true });
        await new TinyRun { Batch = 32 / microBatches, Replicas = replicas, Updates = 150, Policy = still }.RunInlineAsync();
        var consecutive = new ScriptedPolicy(_ => ScriptedPolicy.Rates(0, 0) with { MeasuresNoise = true });
        await new TinyRun { Batch = 32, Updates = 150, Policy = consecutive }.RunInlineAsync();
        var (parts, pairs) = (Measured(still), Measured(consecutive));
        Assert.InRange(parts.Variance / pairs.Variance, 0.9, 1.1);
        Assert.InRange(parts.SquaredGradient / pairs.SquaredGradient, 0.8, 1.25);
        Assert.All(consecutive.Outcomes, o => Assert.Equal(o.BackboneGradientNorm!.Value, Math.Sqrt(o.SegmentNorms!.Sum(n => n * n)), 9));
        Assert.All(consecutive.Outcomes, o => Assert.True(o.HeadGradientNorm > 0));
    }

    private static GradientNoise Measured(ScriptedPolicy policy)
    {
        var noise = policy.Outcomes.Where(o => o.Noise is not null).Select(o => o.Noise!.Value).ToArray();
        Assert.True(noise.Length > 140);
        return new(noise.Average(n => n.SquaredGradient), noise.Average(n => n.Variance));
    }

    private static async Task<TinyRun> OneUpdateAsync(Func<string, TinyRun> run)
    {
        var path = Directory.CreateTempSubdirectory("xclassflow-tiny-").FullName;
        try
        {
            return await run(path).RunInlineAsync();
        }
        finally
        {
            Directory.Delete(path, recursive: true);
        }
    }
}
