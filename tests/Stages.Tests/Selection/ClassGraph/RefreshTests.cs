// A graph follows rows that have moved.
using XClassFlow.Stages.Selection.Graph;

namespace XClassFlow.Stages.Tests.Selection.ClassGraph;

public sealed class RefreshTests
{
    [Fact]
    public void OneRoundBringsAGraphUpToDate()
    {
        using var old = new TestRows(6000, 24, TestRows.Groups);
        using var moved = new TestRows(6000, 24, (i, row) =>
        {
            TestRows.Groups(i, row);
            TestRows.Add(row, (ulong)(i + 1_000_000), 0.15f);
        });
        var settings = new ApproximateGraphSettings { K = 8, PartSize = 128, TargetRecall = 0.98 };
        using var built = ApproximateGraph.Build(old.Source, settings, TestRows.One, null);
        using var again = ApproximateGraph.Build(moved.Source, settings, TestRows.One, null);
        var stale = ApproximateGraphTests.TrueRecall(moved, built.Table);
        using var refreshed = ApproximateGraph.Refresh(moved.Source, built.Table, 1, settings, new WorkerTeam(2, CancellationToken.None), null);
        moved.AssertValid(refreshed.Table);
        var fresh = ApproximateGraphTests.TrueRecall(moved, refreshed.Table);
        Assert.True(fresh > stale + 0.02, $"{stale} to {fresh}");
        Assert.InRange(fresh, ApproximateGraphTests.TrueRecall(moved, again.Table) - 0.03, 1);
    }

    [Fact]
    public void AGraphOfOtherClassesIsRefused()
    {
        using var rows = new TestRows(300, 8, TestRows.Groups);
        using var table = new NeighbourTable(0, 299, 16);
        Assert.Throws<ArgumentException>(() => ApproximateGraph.Refresh(rows.Source, table, 1, new ApproximateGraphSettings(), TestRows.One, null));
    }
}
