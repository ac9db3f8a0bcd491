// The parallel exact class graph against brute force, whatever the memory bound and the threads.
using XClassFlow.Data;
using XClassFlow.Stages.Selection.Graph;

namespace XClassFlow.Stages.Tests.Selection.ClassGraph;

public sealed class ExactGraphTests
{
    [Theory]
    [InlineData(300, 8, 16, 1)]
    [InlineData(333, 3, 5, 3)]
    [InlineData(20, 4, 20, 2)]
    [InlineData(1, 4, 1, 2)]
    public void IsExact(int n, int d, int k, int threads)
    {
        using var rows = new TestRows(n, d, TestRows.Isotropic);
        using var table = ExactGraph.Build(rows.Source, 0, n, k, 1L << 30, new WorkerTeam(threads, CancellationToken.None), new BuildClock(null));
        rows.AssertValid(table);
        Assert.Equal(1, ApproximateGraphTests.TrueRecall(rows, table));
        Assert.Equal(1, GraphRecall.Measure(rows.Source, table, n, 1, TestRows.One));
    }

    [Fact]
    public void ABoundMakesItSlowerAndNotDifferent()
    {
        // 20,000 keys are three panels of 8,192; a megabyte holds one.
        using var rows = new TestRows(20_000, 4, TestRows.Isotropic);
        using var free = ExactGraph.Build(rows.Source, 500, 900, 7, 1L << 30, TestRows.One, new BuildClock(null));
        using var bound = ExactGraph.Build(rows.Source, 500, 900, 7, 1L << 18, new WorkerTeam(2, CancellationToken.None), new BuildClock(null));
        for (var c = 500; c < 1400; c++)
        {
            Assert.Equal(free.Of(c).ToArray(), bound.Of(c).ToArray());
        }
    }

    [Fact]
    public void EqualRowsAreOrderedByNumberAndTheClassItselfIsFirst()
    {
        using var rows = new TestRows(40, 4, (_, row) => row[1] = 3);
        using var table = ExactGraph.Build(rows.Source, 0, 40, 4, 1L << 30, TestRows.One, new BuildClock(null));
        Assert.Equal([0, 1, 2, 3], table.Of(0).ToArray());
        Assert.Equal([9, 0, 1, 2], table.Of(9).ToArray());
    }

    [Fact]
    public void ABoundThatIsTooSmallIsRefused()
    {
        using var rows = new TestRows(20_000, 4, TestRows.Isotropic);
        var error = Assert.Throws<UserErrorException>(() => ExactGraph.Build(rows.Source, 0, 20_000, 16, 1 << 20, TestRows.One, new BuildClock(null)));
        Assert.Contains("a graph of 20,000 classes with k = 16 needs 4 MiB beyond the rows, the bound is 1 MiB", error.Message, StringComparison.Ordinal);
    }
}
