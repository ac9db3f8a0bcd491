// What overlaps does not change a bit of the result, whatever the layout, the guard and the way of the gradients.
using XClassFlow.Stages.Sparsification;

namespace XClassFlow.Stages.Tests.Graph;

public sealed class OverlapTests
{
    private const int Bad = 5;

    [Theory]
    [InlineData(1, 1, true, 1, false)]
    [InlineData(1, 2, false, 3, false)]
    [InlineData(2, 1, true, 3, false)]
    [InlineData(2, 2, true, 1, false)]
    [InlineData(2, 2, false, 1, false)]
    [InlineData(3, 1, false, 3, false)]
    [InlineData(3, 2, true, 3, false)]
    [InlineData(1, 1, true, 1, true)]
    [InlineData(2, 2, true, 3, true)]
    [InlineData(3, 2, false, 1, true)]
    public async Task Losses_and_weights_are_the_same_bits(int replicas, int shards, bool guarded, int microBatches, bool sparse)
    {
        var off = await RunAsync(overlap: false, replicas, shards, guarded, microBatches, sparse);
        var on = await RunAsync(overlap: true, replicas, shards, guarded, microBatches, sparse);
        Assert.Equal(12, off.Losses.Count);
        Assert.Equal(off.Losses, on.Losses);
        Assert.Equal(off.Evaluation, on.Evaluation);
        Assert.Equal(off.Steps.Select(s => s.Outcome), on.Steps.Select(s => s.Outcome), (a, b) => a.BackboneGradientNorm == b.BackboneGradientNorm && a.Applied == b.Applied);
        Assert.Equal(guarded ? [Bad] : [], on.Steps.Where(s => !s.Outcome.Applied).Select(s => (int)s.Plan.Step));
        Assert.NotEmpty(off.Weights);
        Assert.All(off.Weights, w => Assert.Equal(w.Value, on.Weights[w.Key]));
    }

    // Checkpoints on the way, an evaluation at the end, and where guarded, one step that is left out.
    private static async Task<TinyRun> RunAsync(bool overlap, int replicas, int shards, bool guarded, int microBatches, bool sparse)
    {
        var folder = Directory.CreateTempSubdirectory("xclassflow-overlap-").FullName;
        try
        {
            return await new TinyRun
            {
                Overlap = overlap,
                Hidden = ["16", "24", "16"],
                Replicas = replicas,
                Shards = shards,
                MicroBatches = microBatches,
                Batch = 36,
                Updates = 12,
                CheckpointEvery = 4,
                HeldOutSamples = 60,
                Checkpoint = folder,
                Sparsifier = sparse ? new SparsifierSettings(SparsifierKind.TopK, 0.1, [], DenseBelow: 16) : new SparsifierSettings(),
                Policy = new ScriptedPolicy(s => ScriptedPolicy.Rates() with { Guarded = guarded, LossCeiling = s == Bad ? 0.1 : double.PositiveInfinity }),
            }.RunInlineAsync();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
