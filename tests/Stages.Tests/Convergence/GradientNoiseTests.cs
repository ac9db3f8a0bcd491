// The estimates of gradient noise are unbiased: on the average of many batches of made-up samples they are what the samples were made from.
using XClassFlow.Stages.Convergence;

namespace XClassFlow.Stages.Tests.Convergence;

public sealed class GradientNoiseTests
{
    private const int Width = 8;
    private const double Deviation = 2;

    // |G|^2 = 8 x 0.25, tr Sigma = 8 x 4.
    private const double SquaredGradient = Width * 0.25;
    private const double Variance = Width * Deviation * Deviation;

    [Theory]
    [InlineData(new[] { 8, 8 })]
    [InlineData(new[] { 4, 4, 4, 4 })]
    [InlineData(new[] { 1, 5, 10 })]
    public void Parts_of_a_batch(int[] sizes)
    {
        var random = new Random(11);
        var batch = sizes.Sum();
        var estimates = Enumerable.Range(0, 20_000).Select(_ =>
        {
            var parts = sizes.Select(n => Sum(random, n, batch)).ToArray();
            var whole = parts.Aggregate(new double[Width], (a, b) => [.. a.Zip(b, (x, y) => x + y)]);
            return GradientNoise.OfParts(Square(whole), parts.Zip(sizes, (p, n) => Square(p) / n).Sum(), sizes.Length, batch);
        }).ToArray();
        Assert.InRange(estimates.Average(e => e.SquaredGradient), 0.96 * SquaredGradient, 1.04 * SquaredGradient);
        Assert.InRange(estimates.Average(e => e.Variance), 0.97 * Variance, 1.03 * Variance);
    }

    [Fact]
    public void Consecutive_batches_at_weights_that_stand_still()
    {
        var random = new Random(12);
        const int Batch = 16;
        var last = Sum(random, Batch, Batch);
        var estimates = Enumerable.Range(0, 20_000).Select(_ =>
        {
            var (before, now) = (last, Sum(random, Batch, Batch));
            last = now;
            return GradientNoise.OfConsecutive(Square(now), before.Zip(now, (a, b) => a * b).Sum(), Batch);
        }).ToArray();
        Assert.InRange(estimates.Average(e => e.SquaredGradient), 0.96 * SquaredGradient, 1.04 * SquaredGradient);
        Assert.InRange(estimates.Average(e => e.Variance), 0.97 * Variance, 1.03 * Variance);
    }

    [Fact]
    public void One_part_says_nothing() => Assert.Throws<ArgumentOutOfRangeException>(() => GradientNoise.OfParts(1, 1, 1, 4));

    // The contribution of n samples to the mean gradient of a batch.
    private static double[] Sum(Random random, int n, int batch)
    {
        var sum = new double[Width];
        for (var i = 0; i < n * Width; i++)
        {
            sum[i % Width] += (0.5 + (Deviation * Normal(random))) / batch;
        }

        return sum;
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static double Square(double[] values) => values.Sum(v => v * v);
}
