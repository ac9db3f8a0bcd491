// A step with a loss or a gradient that is no number changes nothing, on no rank.
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Sparsification;
using XClassFlow.Stages.Training;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Tests.Graph;

public sealed class LeftOutStepTests
{
    private const int Bad = 3;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(1, 3)]
    [InlineData(2, 3)]
    public async Task A_loss_that_is_no_number_leaves_all_weights_as_they_were(int replicas, int microBatches)
    {
        // The last micro-batch of the bad step, so that others have been backward already.
        var (before, after) = await AroundAsync(replicas, microBatches, m => Spoil(m is EmbeddingPart { Step: Bad } part && part.MicroBatch == microBatches - 1 ? part.Embeddings : null));
        Same(before, after);
        Assert.False(after.Steps[Bad].Outcome.Applied);
        Assert.False(double.IsFinite(after.Losses[Bad]));
        Assert.Null(after.Steps[Bad].Outcome.BackboneGradientNorm);
        Assert.All(after.Steps.Where(s => s.Plan.Step != Bad), s => Assert.True(s.Outcome.Applied));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_gradient_that_is_no_number_leaves_all_weights_as_they_were_though_the_loss_is_one(int replicas)
    {
        var (before, after) = await AroundAsync(replicas, 1, m => Spoil(m is SegmentGradient { Step: Bad, MicroBatch: 0 } part ? part.Gradient : null));
        Same(before, after);
        Assert.Equal(0, after.Steps[Bad].UpdatedClasses);
        Assert.False(after.Steps[Bad].Outcome.Applied);
        Assert.True(double.IsFinite(after.Losses[Bad]));
        Assert.False(double.IsFinite(after.Steps[Bad].Outcome.BackboneGradientNorm!.Value));
    }

    /// <summary>The ranks decide before anything is summed; so a value counts that is a number, but beyond what sums and squares of all ranks can hold.</summary>
    [Theory]
    [InlineData(2, float.NaN)]
    [InlineData(3, float.PositiveInfinity)]
    [InlineData(3, 2e15f)]
    public async Task A_gradient_of_one_rank_that_is_none_leaves_the_step_out_on_all(int replicas, float value)
    {
        var spoiled = 0;
        var (before, after) = await AroundAsync(
            replicas, 1, m => Spoil(m is SegmentGradient { Step: Bad, MicroBatch: 1 } part && Interlocked.Exchange(ref spoiled, 1) == 0 ? part.Gradient : null, value));
        Same(before, after);
        Assert.False(after.Steps[Bad].Outcome.Applied);
        Assert.Equal(0, after.Steps[Bad].UpdatedClasses);
        Assert.True(double.IsFinite(after.Losses[Bad]));
    }

    /// <summary>Its last step writes a checkpoint, for which the sparsifiers lend what they keep although no gradient came.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_step_that_is_left_out_leaves_what_was_not_sent_yet_as_it_was(int replicas)
    {
        var sparsifier = new SparsifierSettings(SparsifierKind.TopK, 0.1, [], DenseBelow: 16);
        var (before, after) = await AroundAsync(replicas, 1, m => Spoil(m is EmbeddingPart { Step: Bad } part ? part.Embeddings : null), sparsifier);
        Assert.Equal(replicas, before.Weights.Keys.Select(k => k.Split('/')[0]).Where(f => f.StartsWith("residual", StringComparison.Ordinal)).Distinct().Count());
        Same(before, after);
        Assert.False(after.Steps[Bad].Outcome.Applied);
    }

    /// <summary>Whether that step sends the largest values or all that waited; and what was to be sent goes later.</summary>
    [Theory]
    [InlineData(1, GradientPath.Sparse)]
    [InlineData(2, GradientPath.Sparse)]
    [InlineData(1, GradientPath.Flush)]
    [InlineData(3, GradientPath.Flush)]
    public async Task A_step_left_out_for_its_gradient_leaves_what_was_not_sent_yet_as_it_was(int replicas, GradientPath path)
    {
        // Three steps an epoch: the fourth has the second ratio.
        var sparsifier = new SparsifierSettings(SparsifierKind.TopK, path == GradientPath.Sparse ? 0.1 : 1, [0.1], DenseBelow: 16);
        var spoiled = 0;
        var (before, after) = await AroundAsync(
            replicas, 1, m => Spoil(m is SegmentGradient { Step: Bad, MicroBatch: 1 } part && Interlocked.Exchange(ref spoiled, 1) == 0 ? part.Gradient : null), sparsifier, batch: 422);
        Assert.Equal(path, after.Steps[Bad].Plan.GradientPath);
        Assert.Contains(before.Weights, w => w.Key.StartsWith("residual", StringComparison.Ordinal) && w.Value.Any(v => v != 0));
        Same(before, after);
        Assert.False(after.Steps[Bad].Outcome.Applied);
    }

    [Fact]
    public async Task A_loss_above_the_ceiling_is_left_out_and_training_goes_on()
    {
        var run = await new TinyRun
        {
            Updates = 30,
            Policy = new ScriptedPolicy(s => ScriptedPolicy.Rates() with { Guarded = true, LossCeiling = s == Bad ? 0.1 : double.PositiveInfinity }),
        }.RunInlineAsync();
        Assert.Equal([Bad], run.Steps.Where(s => !s.Outcome.Applied).Select(s => s.Plan.Step));
        Assert.True(run.Losses[^1] < run.Losses[0]);
        Assert.All(run.Losses, l => Assert.True(double.IsFinite(l)));
    }

    [Fact]
    public async Task Without_a_guard_the_step_is_applied()
    {
        var run = await new TinyRun
        {
            Updates = 6,
            OnSent = m => Spoil(m is EmbeddingPart { Step: Bad } part ? part.Embeddings : null),
            Policy = new ScriptedPolicy(_ => ScriptedPolicy.Rates()),
        }.RunInlineAsync();
        Assert.All(run.Steps, s => Assert.True(s.Outcome.Applied));
        Assert.True(double.IsNaN(run.Losses[^1]));
    }

    private static void Spoil(Tensor? values, float with = float.NaN)
    {
        if (values is not null)
        {
            using var noGrad = no_grad();
            values.detach().narrow(0, 0, 1).fill_(with);
        }
    }

    // The weights before the bad step, and after it.
    private static async Task<(TinyRun Before, TinyRun After)> AroundAsync(
        int replicas, int microBatches, Action<Message> spoil, SparsifierSettings? sparsifier = null, int batch = 32)
    {
        var path = Directory.CreateTempSubdirectory("xclassflow-tiny-").FullName;
        try
        {
            TinyRun Run(int updates, Action<Message> onSent) => new()
            {
                Updates = updates,
                Replicas = replicas,
                Shards = 3,
                MicroBatches = microBatches,
                Batch = batch,
                Checkpoint = Path.Combine(path, $"{updates}"),
                OnSent = onSent,
                Sparsifier = sparsifier ?? new SparsifierSettings(),
                Policy = new ScriptedPolicy(_ => ScriptedPolicy.Rates() with { Guarded = true }),
            };
            return (await Run(Bad, _ => { }).RunInlineAsync(), await Run(Bad + 1, spoil).RunInlineAsync());
        }
        finally
        {
            Directory.Delete(path, recursive: true);
        }
    }

    private static void Same(TinyRun before, TinyRun after)
    {
        Assert.NotEmpty(before.Weights);
        foreach (var (name, expected) in before.Weights)
        {
            Assert.Equal(expected, after.Weights[name]);
        }
    }
}
