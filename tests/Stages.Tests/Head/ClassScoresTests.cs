// Top-k and the exact loss of S shards equal brute force over all classes.
using XClassFlow.Stages.Head;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Tests.Head;

public sealed class ClassScoresTests
{
    private const int N = 203;
    private const int D = 9;
    private const int B = 17;
    private const int K = 5;

    [Theory]
    [InlineData(true, 1, 64)]
    [InlineData(true, 3, 16)]
    [InlineData(false, 3, 4096)]
    [InlineData(true, 60, 16)]
    public void EqualBruteForce(bool normalize, int shards, int chunk)
    {
        using var scope = NewDisposeScope();
        var settings = new HeadSettings(Normalize: normalize, Scale: 3, Margin: normalize ? MarginKind.ArcFace : MarginKind.None, MarginSize: 0.4, Chunk: chunk);
        var w = Matrices.Normal(N, D, 1, 3);
        var x = Matrices.Normal(B, D, 1, 4);
        int[] labels = [.. Enumerable.Range(0, B).Select(i => i * 31 % N)];
        var partition = new ClassPartition(N, shards);
        var parts = Enumerable.Range(0, shards).Select(s =>
        {
            var (start, count) = ((int)partition.StartOf(s), (int)partition.CountOf(s));
            using var weights = HeadRowsOf.Values(start, w[start..(start + count)], D, new RowUpdate(0), threads: 2);
            return ClassScores.Of(weights, settings, 0, start, Matrices.ToTensor(x, D), [.. labels.Select(l => (long)l)], K);
        }).ToArray();
        var (scores, classes) = ClassScores.Merge(cat([.. parts.Select(p => p.Scores)], 1), cat([.. parts.Select(p => p.Classes)], 1), K);
        var reduction = SoftmaxReduction.Of([.. parts.Select(p => p.Statistics)]);

        var plain = settings with { Margin = MarginKind.None };
        var everyClass = Enumerable.Range(0, N).Select(c => (c, 1.0)).ToArray();
        var expected = DenseOracle.Of(plain, w, x, labels, everyClass).Loss;
        Assert.InRange(Math.Abs(reduction.LossSum(0) / B - expected) / expected, 0, 1e-6);
        for (var i = 0; i < B; i++)
        {
            var best = Enumerable.Range(0, N).Select(c => (Class: (long)c, Logit: Logit(plain, w[c], x[i]))).OrderByDescending(c => c.Logit).Take(K).ToArray();
            Assert.Equal(best.Select(b => b.Class), classes[i].data<long>().ToArray());
            Assert.All(best.Zip(scores[i].data<float>().ToArray()), p => Assert.Equal(p.First.Logit, p.Second, 1e-5));
        }
    }

    [Fact]
    public void TheBestOfEqualScoresIsTheLowestClassWhateverTheThreads()
    {
        using var scope = NewDisposeScope();
        var settings = new HeadSettings();
        var w = Matrices.Normal(50, D, 1, 3);
        double[][] repeated = [.. Enumerable.Range(0, 5000).Select(c => w[c % 50])];
        var x = Matrices.ToTensor(Matrices.Normal(B, D, 1, 4), D);
        long[] labels = [.. Enumerable.Range(0, B).Select(i => i == 3 ? -1L : i * 301)];
        (long[] Classes, float[] Statistics) Score(int threads)
        {
            using var weights = HeadRowsOf.Values(0, repeated, D, new RowUpdate(0), threads: threads);
            var (_, classes, statistics) = ClassScores.Of(weights, settings, 0, 0, x, labels, K);
            return (classes.data<long>().ToArray(), statistics.data<float>().ToArray());
        }

        var (one, four) = (Score(1), Score(4));
        Assert.Equal(one.Classes, four.Classes);
        Assert.Equal(one.Statistics, four.Statistics);
        Assert.All(one.Classes.Chunk(K), best => Assert.Equal(Enumerable.Range(0, K).Select(i => best[0] + (50 * i)), best));
        Assert.All(one.Classes.Chunk(K), best => Assert.InRange(best[0], 0, 49));
    }

    private static double Logit(HeadSettings settings, double[] w, double[] x)
    {
        double Dot(double[] a, double[] b) => a.Zip(b, (p, q) => p * q).Sum();
        return settings.Scale * Dot(w, x) / (settings.Normalize ? Math.Sqrt(Dot(w, w) * Dot(x, x)) : 1);
    }
}
