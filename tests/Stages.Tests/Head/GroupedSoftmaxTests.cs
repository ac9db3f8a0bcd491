// Loss, dX and dW of a step whose groups of samples have active classes of their own, against the dense oracle taken group by group.
using XClassFlow.Stages.Head;
using XClassFlow.Stages.Selection;

namespace XClassFlow.Stages.Tests.Head;

public sealed class GroupedSoftmaxTests
{
    private const int N = 1_201;
    private const int D = 21;
    private const int B = 26;
    private const double Rate = 100;
    private const double Tolerance = 1e-5;

    public static TheoryData<string, int, int, int, bool> Cases
    {
        get
        {
            var cases = new TheoryData<string, int, int, int, bool>();
            foreach (var head in new[] { "cosine", "plain", "arc-face", "cos-face", "smoothed", "smoothed-plain" })
            {
                foreach (var (shards, group, microBatches) in new[] { (1, 8, 1), (3, 8, 1), (3, 8, 4), (8, 1, 3), (2, 25, 2), (2, 13, 1) })
                {
                    cases.Add(head, shards, group, microBatches, false);
                    cases.Add(head, shards, group, microBatches, true);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void EqualsTheOracle(string head, int shards, int group, int microBatches, bool mix)
    {
        var (w, x, labels) = HeadProblem.Of(N, D, B);
        var settings = HeadProblem.Settings(head) with { Update = new RowUpdate(Momentum: 0) };
        using var sharded = new ShardedHead(settings, w, shards, threads: 2);
        var selection = new ActiveClassesSettings(mix ? SelectionMode.Mix : SelectionMode.Uniform);
        var groups = Groups(labels, group).Select((part, i) => sharded.Select(selection, part, 620, seed: (ulong)(100 * i))).ToArray();
        var (loss, dx, dw) = Oracle(sharded, settings, w, x, labels, group, groups);

        var (actualLoss, actualDx) = sharded.StepInGroups(x, labels, microBatches, group, groups, Rate, 0);

        Assert.True(Math.Abs(actualLoss - loss) < Tolerance * loss, $"loss {actualLoss}, expected {loss}");
        Assert.InRange(Matrices.Difference(dx, actualDx), 0, Tolerance);
        Assert.InRange(Matrices.Difference(dw, HeadProblem.Gradient(w, sharded.Rows(1), Rate)), 0, Tolerance);
    }

    /// <summary>With momentum and decay over many steps a row must be updated once a step, however many groups have it.</summary>
    [Fact]
    public void StepsEqualTheDenseOptimizer()
    {
        var (w, _, _) = HeadProblem.Of(60, D, B);
        var update = new RowUpdate(Momentum: 0.9, WeightDecay: 1e-3);
        var settings = HeadProblem.Settings("cosine") with { Update = update };
        using var sharded = new ShardedHead(settings, w, 2, threads: 2);
        var dense = Array.ConvertAll(w, row => (double[])row.Clone());
        var velocity = DenseOracle.Zeros(w);
        for (var step = 0; step < 12; step++)
        {
            var (_, x, labels) = HeadProblem.Of(60, D, B, seed: step + 1);
            var groups = Groups(labels, 4).Select((part, i) => sharded.Select(new ActiveClassesSettings(SelectionMode.Mix), part, 20, (ulong)((1000 * step) + i))).ToArray();
            var (_, _, dw) = Oracle(sharded, settings, dense, x, labels, 4, groups);
            sharded.StepInGroups(x, labels, 1, 4, groups, 0.5, step);
            DenseOracle.Update(dense, velocity, dw, 0.5, update.Momentum, update.WeightDecay);
        }

        Assert.InRange(Matrices.Difference(dense, sharded.Rows(12)), 0, 1e-5);
    }

    [Fact]
    public void ResultsDoNotDependOnTheThreads()
    {
        var (w, x, labels) = HeadProblem.Of(N, D, B);
        double[][][] Run(int threads)
        {
            using var sharded = new ShardedHead(HeadProblem.Settings("cosine"), w, 1, threads);
            var groups = Groups(labels, 5).Select((part, i) => sharded.Select(new ActiveClassesSettings(SelectionMode.Mix), part, 300, (ulong)i)).ToArray();
            var (loss, dx) = sharded.StepInGroups(x, labels, 2, 5, groups, Rate, 0);
            return [[[loss]], dx, sharded.Rows(1)];
        }

        Assert.Equal(Run(1), Run(4));
    }

    private static IEnumerable<int[]> Groups(int[] labels, int group) => labels.Chunk(group);

    private static (double Loss, double[][] DX, double[][] DW) Oracle(
        ShardedHead head, HeadSettings settings, double[][] w, double[][] x, int[] labels, int group, IReadOnlyList<Stages.Selection.Selection>[] groups)
    {
        var loss = 0.0;
        var dx = new List<double[]>();
        var dw = DenseOracle.Zeros(w);
        foreach (var (part, i) in Groups(labels, group).Select((part, i) => (part, i)))
        {
            var share = part.Length / (double)labels.Length;
            var (partLoss, partDx, partDw) = DenseOracle.Of(settings, w, x[(i * group)..((i * group) + part.Length)], part, head.ActiveOf(groups[i]));
            loss += share * partLoss;
            dx.AddRange(partDx.Select(row => Array.ConvertAll(row, v => share * v)));
            for (var c = 0; c < w.Length; c++)
            {
                for (var d = 0; d < D; d++)
                {
                    dw[c][d] += share * partDw[c][d];
                }
            }
        }

        return (loss, [.. dx], dw);
    }
}
