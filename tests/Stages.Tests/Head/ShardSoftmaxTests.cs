// Loss, dX and dW of the sharded head against the dense oracle, for every way to cut the work.
using XClassFlow.Stages.Head;
using XClassFlow.Stages.Selection;

namespace XClassFlow.Stages.Tests.Head;

public sealed class ShardSoftmaxTests
{
    private const int N = 101;
    private const int D = 12;
    private const int B = 14;
    private const double Rate = 100;
    private const double Tolerance = 1e-5;

    private static readonly RowUpdate PlainSgd = new(Momentum: 0);

    public static TheoryData<string> Heads => ["cosine", "plain", "arc-face", "arc-face-wide", "cos-face", "smoothed", "smoothed-plain"];

    [Theory]
    [MemberData(nameof(Heads))]
    public void OracleEqualsItsDifferenceQuotients(string head)
    {
        var (w, x, labels) = Problem(n: 9, b: 4);
        var active = Enumerable.Range(0, 9).Where(c => c != 7).Select(c => (c, labels.Contains(c) ? 1.0 : 2.5)).ToArray();
        var settings = Settings(head);
        var (_, dx, dw) = DenseOracle.Of(settings, w, x, labels, active);
        double Loss() => DenseOracle.Of(settings, w, x, labels, active).Loss;
        Assert.True(Matrices.Difference(Quotients(x, Loss), dx) < 1e-6);
        Assert.True(Matrices.Difference(Quotients(w, Loss), dw) < 1e-6);
    }

    [Theory]
    [CombinatorialHead]
    public void EqualsTheOracle(string head, int shards, int chunk, int microBatches, string mode)
    {
        var (w, x, labels) = Problem(N, B);
        using var sharded = new ShardedHead(Settings(head) with { Chunk = chunk, KeptMib = chunk == 16 ? 0 : 64, Update = PlainSgd }, w, shards, threads: 2);
        var selections = mode == "all" ? null : sharded.Select(
            new ActiveClassesSettings(mode == "mix" ? SelectionMode.Mix : SelectionMode.Uniform), labels, mode == "labels" ? 4 : 40, seed: 7);
        var (loss, dx, dw) = DenseOracle.Of(Settings(head), w, x, labels, sharded.ActiveOf(selections));
        var (actualLoss, actualDx) = sharded.Step(x, labels, microBatches, selections, Rate, 0);
        Assert.True(Math.Abs(actualLoss - loss) < Tolerance * loss, $"loss {actualLoss}, expected {loss}");
        Assert.InRange(Matrices.Difference(dx, actualDx), 0, Tolerance);
        Assert.InRange(Matrices.Difference(dw, Gradient(w, sharded.Rows(1))), 0, Tolerance);
        if (mode == "labels" && shards == 8)
        {
            Assert.Contains(selections!, s => s.Rows.Length == 0);
        }
    }

    [Theory]
    [InlineData(SelectionMode.Uniform)]
    [InlineData(SelectionMode.Knn)]
    [InlineData(SelectionMode.Mix)]
    public void BudgetOfAllClassesIsTheFullSoftmax(SelectionMode mode)
    {
        var (w, x, labels) = Problem(N, B);
        var settings = Settings("cosine") with { Update = PlainSgd };
        using var full = new ShardedHead(settings, w, 3);
        using var selected = new ShardedHead(settings, w, 3);
        var selections = selected.Select(new ActiveClassesSettings(mode), labels, N, seed: 3);
        Assert.All(selections, s => Assert.All(s.Represents ?? [], r => Assert.Equal(1, r)));
        var (loss, dx) = full.Step(x, labels, 1, null, Rate, 0);
        var (selectedLoss, selectedDx) = selected.Step(x, labels, 1, selections, Rate, 0);
        Assert.True(Math.Abs(selectedLoss - loss) < 1e-6 * loss);
        Assert.InRange(Matrices.Difference(dx, selectedDx), 0, 1e-6);
        Assert.InRange(Matrices.Difference(full.Rows(1), selected.Rows(1)), 0, 1e-6);
    }

    /// <summary>The whole chain: changing active sets, momentum and decay over many steps give what the dense optimizer gives with the same gradients.</summary>
    [Theory]
    [InlineData("cosine", 1, 64)]
    [InlineData("cosine", 3, 16)]
    [InlineData("arc-face", 2, 16)]
    [InlineData("plain", 3, 64)]
    public void StepsWithChangingActiveClassesEqualTheDenseOptimizer(string head, int shards, int chunk)
    {
        var (w, _, _) = Problem(N, B);
        var update = new RowUpdate(Momentum: 0.9, WeightDecay: 1e-3);
        var settings = Settings(head) with { Chunk = chunk, KeptMib = chunk == 16 ? 0 : 64, Update = update, Scale = head == "plain" ? 0.3 : 8 };
        using var sharded = new ShardedHead(settings, w, shards);
        var v = DenseOracle.Zeros(w);
        for (var step = 0; step < 30; step++)
        {
            var (_, x, labels) = Problem(N, B, seed: 100 + step);
            var rate = 0.02 * (1 + (step % 5));
            var selections = step % 10 == 9 ? null : sharded.Select(new ActiveClassesSettings(SelectionMode.Mix), labels, 30, (ulong)step);
            var (loss, dx, dw) = DenseOracle.Of(settings, w, x, labels, sharded.ActiveOf(selections));
            DenseOracle.Update(w, v, dw, rate, update.Momentum, update.WeightDecay);
            var (actualLoss, actualDx) = sharded.Step(x, labels, 2, selections, rate, step);
            Assert.True(Math.Abs(actualLoss - loss) < Tolerance * loss, $"step {step}: loss {actualLoss}, expected {loss}");
            Assert.InRange(Matrices.Difference(dx, actualDx), 0, 2 * Tolerance);
        }

        Assert.InRange(Matrices.Difference(w, sharded.Rows(30)), 0, Tolerance);
    }

    [Theory]
    [InlineData("arc-face", 16, 0)]
    [InlineData("smoothed", 16, 64)]
    [InlineData("plain", 4096, 64)]
    public void BitsDoNotDependOnTheNumberOfThreads(string head, int chunk, int keptMib)
    {
        var (w, _, _) = Problem(700, B);
        var settings = Settings(head) with { Chunk = chunk, KeptMib = keptMib };
        using var one = new ShardedHead(settings, w, 1);
        using var four = new ShardedHead(settings, w, 1, threads: 4);
        for (var step = 0; step < 3; step++)
        {
            var (_, x, labels) = Problem(700, B, seed: step);
            var (loss, dx) = one.Step(x, labels, 2, null, 0.1, step);
            var (otherLoss, otherDx) = four.Step(x, labels, 2, null, 0.1, step);
            Assert.Equal(loss, otherLoss);
            Assert.Equal(dx, otherDx);
        }

        Assert.Equal(one.Rows(3), four.Rows(3));
    }

    private static HeadSettings Settings(string head) => HeadProblem.Settings(head);

    private static (double[][] W, double[][] X, int[] Labels) Problem(int n, int b, int seed = 1) => HeadProblem.Of(n, D, b, seed);

    private static double[][] Gradient(double[][] before, double[][] after) => HeadProblem.Gradient(before, after, Rate);

    private static double[][] Quotients(double[][] values, Func<double> loss)
    {
        const double Step = 1e-6;
        return Array.ConvertAll(values, row => Enumerable.Range(0, row.Length).Select(d =>
        {
            var value = row[d];
            row[d] = value + Step;
            var above = loss();
            row[d] = value - Step;
            var below = loss();
            row[d] = value;
            return (above - below) / (2 * Step);
        }).ToArray());
    }
}
