// The approximate class graph against brute force: recall, valid lists, determinism, awkward rows.
using XClassFlow.Data;
using XClassFlow.Stages.Selection.Graph;

namespace XClassFlow.Stages.Tests.Selection.ClassGraph;

public sealed class ApproximateGraphTests
{
    private static readonly ApproximateGraphSettings Small = new() { K = 16, PartSize = 64, TargetRecall = 0.95, Sample = 200 };

    [Theory]
    [InlineData(4096, 32, 16, false)]
    [InlineData(3001, 20, 7, false)]
    [InlineData(3001, 32, 16, true)]
    [InlineData(500, 64, 2, false)]
    public void FindsTheNeighboursOfGroupedRows(int n, int d, int k, bool half)
    {
        using var rows = new TestRows(n, d, TestRows.Groups, half);
        using var graph = ApproximateGraph.Build(rows.Source, Small with { K = k }, TestRows.One, null);
        rows.AssertValid(graph.Table);
        Assert.InRange(graph.Recall, 0.95, 1);
        Assert.InRange(TrueRecall(rows, graph.Table), graph.Recall - 0.05, 1);
    }

    [Fact]
    public void FindsTheNeighboursOfIsotropicRows()
    {
        // The hard case: nothing to divide by. Most parts must be looked into, and propagation does the rest.
        using var rows = new TestRows(4000, 32, TestRows.Isotropic);
        using var graph = ApproximateGraph.Build(rows.Source, Small, TestRows.One, null);
        rows.AssertValid(graph.Table);
        Assert.InRange(TrueRecall(rows, graph.Table), 0.93, 1);
    }

    [Fact]
    public void PropagationAloneImprovesAPoorStart()
    {
        using var rows = new TestRows(4000, 32, TestRows.Isotropic);
        var poor = Small with { PartsPerClass = 4, TargetRecall = 1 };
        using var before = ApproximateGraph.Build(rows.Source, poor with { MaxRounds = 0 }, TestRows.One, null);
        using var after = ApproximateGraph.Build(rows.Source, poor, TestRows.One, null);
        rows.AssertValid(before.Table);
        rows.AssertValid(after.Table);
        Assert.True(after.Recall > before.Recall + 0.05, $"{before.Recall} to {after.Recall}");
    }

    [Fact]
    public void WiderListsFindMore()
    {
        using var rows = new TestRows(3000, 32, TestRows.Isotropic);
        var few = Small with { PartsPerClass = 3, MaxRounds = 3, TargetRecall = 1 };
        using var narrow = ApproximateGraph.Build(rows.Source, few, TestRows.One, null);
        using var wide = ApproximateGraph.Build(rows.Source, few with { Breadth = 32 }, TestRows.One, null);
        rows.AssertValid(wide.Table);
        Assert.True(wide.Recall > narrow.Recall, $"{narrow.Recall} to {wide.Recall}");
    }

    [Fact]
    public void TwoLevelsOfPartsFindThemToo()
    {
        using var rows = new TestRows(80_000, 8, TestRows.Groups);
        using var graph = ApproximateGraph.Build(rows.Source, Small with { PartSize = 32, K = 8 }, TestRows.One, null);
        Assert.InRange(graph.Recall, 0.95, 1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(42)]
    public void TheNumberOfThreadsDoesNotMatter(ulong seed)
    {
        using var rows = new TestRows(3000, 16, (i, row) => TestRows.Groups(i % 2900, row));
        var settings = Small with { Seed = seed, PartsPerClass = 2, TargetRecall = 1, MaxRounds = 2 };
        using var one = ApproximateGraph.Build(rows.Source, settings, TestRows.One, null);
        foreach (var threads in (int[])[2, 5])
        {
            using var many = ApproximateGraph.Build(rows.Source, settings, new WorkerTeam(threads, CancellationToken.None), null);
            Assert.Equal(one.Recall, many.Recall);
            for (var c = 0; c < rows.N; c++)
            {
                Assert.Equal(one.Table.Of(c).ToArray(), many.Table.Of(c).ToArray());
            }
        }
    }

    [Fact]
    public void EqualAndZeroRowsHaveValidLists()
    {
        // 700 equal rows, 700 zero rows, a cluster much larger than a part, and a few others.
        using var rows = new TestRows(2500, 16, (i, row) =>
        {
            if (i % 25 < 7)
            {
                row[3] = 2;
            }
            else if (i % 25 >= 14)
            {
                TestRows.Add(row, 5, 1);
                TestRows.Add(row, (ulong)i, 0.01f);
            }
        });
        using var graph = ApproximateGraph.Build(rows.Source, Small, TestRows.One, null);
        rows.AssertValid(graph.Table);
        Assert.InRange(graph.Recall, 0.5, 1);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(5, 5)]
    [InlineData(17, 16)]
    [InlineData(65, 1)]
    public void AFewClassesAreEnough(int n, int k)
    {
        using var rows = new TestRows(n, 4, TestRows.Isotropic);
        using var graph = ApproximateGraph.Build(rows.Source, Small with { K = k }, new WorkerTeam(3, CancellationToken.None), null);
        rows.AssertValid(graph.Table);
        Assert.InRange(TrueRecall(rows, graph.Table), 0.8, 1);
    }

    [Fact]
    public void MoreNeighboursThanClassesIsAMistake()
    {
        using var rows = new TestRows(10, 4, TestRows.Isotropic);
        var error = Assert.Throws<UserErrorException>(() => ApproximateGraph.Build(rows.Source, Small, TestRows.One, null));
        Assert.Contains("k = 16 neighbours, the class itself included, of 10 classes", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void RowsThatAreNotFiniteNameTheClass(float value)
    {
        var error = Assert.Throws<UserErrorException>(() => new TestRows(100, 9, (i, row) => row[8] = i == 63 ? value : 1));
        Assert.StartsWith("rows: the weights of class 63 are not finite", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void StopEndsABuild()
    {
        using var rows = new TestRows(3000, 16, TestRows.Groups);
        using var stop = new CancellationTokenSource();
        var team = new WorkerTeam(2, stop.Token);
        Assert.ThrowsAny<OperationCanceledException>(() => ApproximateGraph.Build(rows.Source, Small, team, new Now(p =>
        {
            if (p.Phase == "searching the parts")
            {
                stop.Cancel();
            }
        })));
    }

    [Fact]
    public void ProgressNamesThePhasesInOrder()
    {
        using var rows = new TestRows(2000, 16, TestRows.Isotropic);
        var phases = new List<string>();
        using var graph = ApproximateGraph.Build(rows.Source, Small with { PartsPerClass = 1, MaxRounds = 1 }, TestRows.One, new Now(p =>
        {
            Assert.InRange(p.Share, 0, 1);
            if (phases.Count == 0 || phases[^1] != p.Phase)
            {
                phases.Add(p.Phase);
            }
        }));
        Assert.Equal(["sampling the truth", "finding the parts", "assigning classes to parts", "searching the parts", "propagation 1"], phases);
    }

    internal static double TrueRecall(TestRows rows, NeighbourTable table)
    {
        var (found, wanted) = (0, 0);
        for (var c = 0; c < rows.N; c += Math.Max(1, rows.N / 200))
        {
            var cosines = rows.Cosines(c);
            var worst = cosines.Where((_, i) => i != c).OrderDescending().Take(table.K - 1).LastOrDefault();
            found += table.Of(c)[1..].ToArray().Count(id => cosines[id] >= worst - 1e-6);
            wanted += table.K - 1;
        }

        return wanted == 0 ? 1 : found / (double)wanted;
    }

    // Progress<T> would post to the pool.
    private sealed class Now(Action<GraphProgress> handle) : IProgress<GraphProgress>
    {
        public void Report(GraphProgress value) => handle(value);
    }
}
