// When class graphs are built: by count, by recall, by both, and over a checkpoint.
using XClassFlow.Data;
using XClassFlow.Stages.Auditing;
using XClassFlow.Stages.Selection;
using XClassFlow.Stages.Selection.Graph;

namespace XClassFlow.Stages.Tests.Selection;

public sealed class GraphScheduleTests
{
    private const int Lookahead = 2;

    [Theory]
    [InlineData(0, 0, new long[0])]
    [InlineData(7, 0, new long[] { 6, 13, 20 })]
    [InlineData(0, 0.5, new long[] { 5, 11, 17, 23 })]
    [InlineData(7, 0.5, new long[] { 5, 6, 12, 13, 19, 20 })]
    public void BuildsAreDueByCountAndByRecall(long every, double below, long[] expected)
    {
        var schedule = Schedule(every, below);
        Assert.Equal(expected, Run(schedule, 0, 24));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void RecallAtTheFloorIsEnough(double recall)
    {
        var schedule = Schedule(0, 0.5);
        schedule.Observe(2, 0, recall);
        Assert.All(Enumerable.Range(0, 20), step => Assert.Equal((0, GraphRenewal.None), schedule.Next(step)));
    }

    [Fact]
    public void ALowAuditHasNoEffectOnAGraphThatIsNotInUseAnyMore()
    {
        var schedule = Schedule(0, 0.5);
        schedule.Observe(2, 0, 0.1);
        schedule.Observe(4, 0, 0.05);
        schedule.Observe(5, 0, 0.02);
        Assert.Equal([5L], Enumerable.Range(0, 20).Select(s => (long)s).Where(s => schedule.Next(s).Renewal == GraphRenewal.LowRecall));
    }

    [Fact]
    public void OnlyAuditsThatMayCountAreWaitedFor()
    {
        var schedule = Schedule(0, 0.5);
        Assert.False(schedule.MustWait(4, 2));
        Assert.True(schedule.MustWait(5, 2));
        Assert.False(schedule.MustWait(5, null));
        Assert.False(Schedule(0, 0).MustWait(5, 2));
        Assert.False(new GraphSchedule(new ActiveClassesSettings(SelectionMode.Uniform, 10, RebuildBelow: 0.5), Lookahead, null).MustWait(5, 2));
    }

    /// <summary>A cut anywhere, also between an audit and what follows from it, changes nothing.</summary>
    [Fact]
    public void AScheduleGoesOnFromItsState()
    {
        for (var cut = 1; cut < 24; cut++)
        {
            var first = Schedule(7, 0.5);
            var before = Run(first, 0, cut);
            var graph = before.Count == 0 ? 0 : before[^1] + 1;
            var second = new GraphSchedule(Settings(7, 0.5), Lookahead, graph, first.SaveState());
            Assert.Equal([5, 6, 12, 13, 19, 20], before.Concat(Run(second, cut, 24)));
        }
    }

    [Fact]
    public void AFloorThatWasTakenAwayHasNoEffectAfterAResume()
    {
        var first = Schedule(0, 0.5);
        first.Observe(2, 0, 0.1);
        var second = new GraphSchedule(Settings(0, 0), Lookahead, 0, first.SaveState());
        Assert.All(Enumerable.Range(4, 20), step => Assert.Equal((0, GraphRenewal.None), second.Next(step)));
    }

    [Theory]
    [InlineData(0, "active: rebuild-below = 0.5 needs audits, which measure recall; write audit.every = 64, or rebuild-below = 0")]
    [InlineData(64, null)]
    public void AFloorNeedsAudits(long auditEvery, string? message)
        => AssertRefused(Settings(0, 0.5) with { Audit = new AuditSettings(auditEvery) }, message);

    [Theory]
    [InlineData(GraphMethod.Auto, 0.96, "active: rebuild-below = 0.96 is more than a new graph promises, graph-recall = 0.95; write at most graph-recall, or graph = exact")]
    [InlineData(GraphMethod.Auto, 0.95, null)]
    [InlineData(GraphMethod.Exact, 0.96, null)]
    public void AFloorAboveWhatANewGraphPromisesIsRefused(GraphMethod method, double below, string? message)
        => AssertRefused(Settings(0, below) with { Graph = method, Audit = new AuditSettings(64) }, message);

    private static void AssertRefused(ActiveClassesSettings settings, string? message)
    {
        var error = Record.Exception(() => settings.Validate("active"));
        if (message is null)
        {
            Assert.Null(error);
        }
        else
        {
            Assert.Contains(message, Assert.IsType<UserErrorException>(error).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(6)]
    public void AGraphIsUsedFromItsDelayOn(int delay)
    {
        var schedule = new GraphSchedule(Overlapped(7, 0, delay), Lookahead, 0);
        for (var step = 0L; step < 30; step++)
        {
            var (used, renewal) = schedule.Next(step);
            Assert.Equal(step < 7 + delay ? 0 : (step - delay) / 7 * 7, used);
            Assert.Equal((step + 1) % 7 == 0, renewal != GraphRenewal.None);
            var built = (step + 1) / 7 * 7;
            Assert.Equal(built > 0 && step + 1 < built + delay ? built : null, schedule.PendingGraphStep);
        }
    }

    [Fact]
    public void WhileAGraphWaitsNoOtherIsBuilt()
    {
        // An audit of step 2 takes effect after 5: a graph of step 6, used from 10 on. That of step 7 is left out, and so is what audits of the old one find.
        var schedule = new GraphSchedule(Overlapped(7, 0.5, 4), Lookahead, 0);
        schedule.Observe(2, 0, 0.1);
        schedule.Observe(4, 0, 0.1);
        Assert.Equal(
            [(5L, GraphRenewal.LowRecall), (13L, GraphRenewal.Due)],
            Enumerable.Range(0, 20).Select(step => ((long)step, schedule.Next(step).Renewal)).Where(s => s.Renewal != GraphRenewal.None));
    }

    [Fact]
    public void AGraphThatWaitsGoesOnWaitingAfterAResume()
    {
        var schedule = new GraphSchedule(Overlapped(7, 0, 3), Lookahead, 7, pending: 14);
        Assert.Equal([7L, 7, 14, 14], Enumerable.Range(15, 4).Select(step => schedule.Next(step).GraphStep!.Value));
    }

    [Fact]
    public void ADelayIsBelowWhatSeparatesGraphs()
    {
        var error = Assert.Throws<UserErrorException>(() => Overlapped(7, 0, 7).Validate("active-classes"));
        Assert.Equal("active-classes: rebuild-delay = 7 is not below rebuild-every = 7: a graph would be due before the last one is used; write at most 6", error.Message);
        Overlapped(7, 0, 6).Validate("active-classes");
    }

    private static ActiveClassesSettings Overlapped(long every, double below, int delay)
        => Settings(every, below) with { Rebuild = GraphRebuild.Overlapped, RebuildDelay = delay };

    private static ActiveClassesSettings Settings(long every, double below) => new(SelectionMode.Knn, 10, RebuildEvery: every, RebuildBelow: below);

    private static GraphSchedule Schedule(long every, double below) => new(Settings(every, below), Lookahead, 0);

    // Every step is audited; a graph has recall below a half from its third step on, and results come at once, sooner than they count.
    private static List<long> Run(GraphSchedule schedule, long first, long end)
    {
        var builds = new List<long>();
        for (var step = first; step < end; step++)
        {
            var (graph, renewal) = schedule.Next(step);
            if (renewal != GraphRenewal.None)
            {
                builds.Add(step);
            }

            schedule.Observe(step, graph, step - graph < 2 ? 0.8 : 0.3);
        }

        return builds;
    }
}
