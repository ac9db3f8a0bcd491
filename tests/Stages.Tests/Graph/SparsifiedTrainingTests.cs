// Training with sparse gradients: the ranks agree bit by bit, ratio 1 is training without, and what was not sent survives another number of ranks.
using System.Collections.Concurrent;
using XClassFlow.Data;
using XClassFlow.Stages.Sparsification;
using XClassFlow.Stages.Training;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Tests.Graph;

public sealed class SparsifiedTrainingTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("xclassflow-sparse-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task At_ratio_1_the_losses_are_those_of_whole_gradients_bit_by_bit(int replicas)
    {
        var dense = await new TinyRun { Replicas = replicas }.RunInlineAsync();
        var sparse = await new TinyRun { Replicas = replicas, Sparsifier = new(SparsifierKind.TopK, 1, []) }.RunInlineAsync();
        Assert.Equal(dense.Losses, sparse.Losses);
    }

    /// <summary>The same through the sparse path itself: everything is sent, in 4 bytes, with the momentum of each rank. Only the order of roundings differs.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Sending_all_values_through_the_sparse_path_trains_alike(int replicas)
    {
        var dense = await new TinyRun { Replicas = replicas }.RunInlineAsync();
        var sparse = await new TinyRun { Replicas = replicas, Sparsifier = new(SparsifierKind.TopK, 0.5, [], Values: ValuePrecision.Float32, DenseBelow: 1 << 20) }.RunInlineAsync();
        Assert.All(dense.Losses.Zip(sparse.Losses), p => Assert.InRange(Math.Abs(p.First - p.Second) / p.First, 0, 1e-5));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task All_ranks_have_the_same_bits_and_learn(int replicas)
    {
        var sums = new ConcurrentDictionary<(long, int), ConcurrentBag<string>>();
        var run = new TinyRun
        {
            Replicas = replicas,
            Updates = 200,
            Rates = new() { Backbone = 0.02, Head = 0.2 },
            Sparsifier = new(SparsifierKind.TopK, 0.02, [0.2], DenseBelow: 16),
            OnSent = message =>
            {
                if (message is CorrectedGradient sum)
                {
                    sums.GetOrAdd((sum.Step, sum.MicroBatch), _ => []).Add(Convert.ToHexString(System.Runtime.InteropServices.MemoryMarshal.AsBytes(sum.Gradient.data<float>().ToArray().AsSpan())));
                }
            },
        };
        await run.RunInlineAsync();
        Assert.Equal(200, sums.Keys.Select(k => k.Item1).Distinct().Count());
        Assert.All(sums.Values, s => Assert.Equal((replicas, 1), (s.Count, s.Distinct().Count())));
        Assert.True(run.Losses[^1] < 0.5 * run.Losses[0], $"from {run.Losses[0]} to {run.Losses[^1]}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public async Task The_sum_of_what_was_not_sent_is_the_same_for_another_number_of_ranks(int ranks)
    {
        await new TinyRun { Replicas = 3, Updates = 9, Checkpoint = _folder.FullName, Sparsifier = new(SparsifierKind.TopK, 0.02, [], DenseBelow: 16) }.RunInlineAsync();
        using var saved = SavedRun.Open(_folder.FullName);
        using var scope = NewDisposeScope();
        Assert.True(saved.HasResiduals);
        var expected = Sum(saved, 3);
        var actual = Sum(saved, ranks);
        Assert.Equal(expected.Keys.Order(), actual.Keys.Order());
        Assert.Contains(expected, t => t.Value.abs().max().item<double>() > 0);
        Assert.All(expected, t => Assert.True(
            t.Value.sub(actual[t.Key]).abs().max().item<double>() <= 1e-6 * t.Value.abs().max().item<double>(), t.Key));
        Assert.Equal(ranks > 3, saved.Residuals(ranks - 1, ranks) is null);
    }

    [Fact]
    public async Task An_optimizer_that_cannot_take_momentum_from_elsewhere_is_refused_before_anything_runs()
    {
        var error = await Assert.ThrowsAsync<UserErrorException>(() => new TinyRun { Optimizer = "lars", Sparsifier = new(SparsifierKind.TopK) }.RunInlineAsync());
        Assert.Contains("sparsifier.type = none", error.Message, StringComparison.Ordinal);
    }

    // In float64, over all ranks.
    private static Dictionary<string, Tensor> Sum(SavedRun saved, int ranks)
    {
        var sums = new Dictionary<string, Tensor>();
        foreach (var (name, tensor) in Enumerable.Range(0, ranks).SelectMany(r => saved.Residuals(r, ranks) ?? new Dictionary<string, Tensor>()))
        {
            var part = tensor.to(ScalarType.Float64);
            sums[name] = sums.TryGetValue(name, out var sum) ? sum.add(part) : part;
        }

        return sums;
    }
}
