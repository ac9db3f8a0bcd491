// A cluster's run whose training is in repeated trouble goes back to its last good checkpoint, as often as it may.
using XClassFlow.Cluster.Membership;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Tests.Membership;

public sealed class TroubleTests
{
    [Fact]
    public async Task It_goes_back_twice_and_then_fails_with_the_reason()
    {
        await using var cluster = new TestCluster("world-size = 3", new FakeTraining());
        cluster.Start(2);
        var run = cluster.Submit();
        await LossTests.StepsAsync(run, 7);
        Fail(cluster, 7);
        await IncarnationAsync(cluster, 2);
        await LossTests.StepsAsync(run, 2);
        Fail(cluster, 7);
        await IncarnationAsync(cluster, 3);
        await LossTests.StepsAsync(run, 6);
        Fail(cluster, 11);
        var e = await Assert.ThrowsAsync<ClusterException>(() => run.Report.WaitAsync(TestCluster.Patience));

        Assert.Contains("before step 12: the loss rose; the last good checkpoint is", e.Message, StringComparison.Ordinal);
        var layouts = cluster.Nodes[0].Runtime.Layouts.ToList();
        Assert.Equal([[], [RunLayout.ThisOne], [5, RunLayout.ThisOne]], layouts.Select(l => l.Returns));
        Assert.Equal([0, 1, 2], layouts.Select(l => l.ReturnsTo(5)));
    }

    [Fact]
    public async Task It_ends_well_where_lower_rates_help_and_the_report_says_why_it_went_back()
    {
        await using var cluster = new TestCluster("world-size = 2", new FakeTraining());
        cluster.Start(1);
        var run = cluster.Submit();
        await LossTests.StepsAsync(run, 7);
        Fail(cluster, 7);
        await IncarnationAsync(cluster, 2);
        cluster.Training.Allow(20);
        var report = await run.Report.WaitAsync(TestCluster.Patience);

        Assert.Equal(20, report.Updates);
        Assert.Equal([(1, 0), (2, 5)], report.Incarnations!.Select(i => ((int)i.Number, (int)i.FirstStep)));
        Assert.StartsWith("before step 8: the loss rose", report.Incarnations![1].Cause, StringComparison.Ordinal);
        Assert.Contains(run.Observer.Notes, n => n.EndsWith("back to it with lower rates, return 1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_a_checkpoint_it_is_a_failure()
    {
        await using var cluster = new TestCluster("world-size = 2", new FakeTraining());
        cluster.Start(1);
        var run = cluster.Submit();
        await LossTests.StepsAsync(run, 3);
        cluster.Training.RunFailures["n0"] = new TroubleException(3, "the loss rose", null);
        var e = await Assert.ThrowsAsync<ClusterException>(() => run.Report.WaitAsync(TestCluster.Patience));

        Assert.Equal("before step 4: the loss rose", e.Message);
        Assert.Single(cluster.Nodes[0].Runtime.Layouts);
    }

    /// <summary>The supervisor that went back is lost: the next one learns from a node how often the run went back already.</summary>
    [Fact]
    public async Task A_new_supervisor_does_not_begin_to_count_anew()
    {
        await using var cluster = new TestCluster("world-size = 3, elastic = on", new FakeTraining());
        cluster.Start(2);
        await LossTests.FormedAsync(cluster, 2);
        var run = cluster.Submit();
        await LossTests.StepsAsync(run, 7);
        await LossTests.FormedAsync(cluster, 3);
        Fail(cluster, 7, "n1");
        await IncarnationAsync(cluster, 2, node: 1);
        await LossTests.StepsAsync(run, 2);
        cluster.Nodes[0].Kill();
        await IncarnationAsync(cluster, 3, node: 1);
        Assert.Equal([5], cluster.Nodes[1].Runtime.Layouts.Last().Returns);
        cluster.Training.Allow(20);
        Assert.Equal(20, (await run.Report.WaitAsync(TestCluster.Patience)).Updates);
    }

    private static void Fail(TestCluster cluster, long step, string node = "n0") => cluster.Training.RunFailures[node] = new TroubleException(step, "the loss rose", "step-5");

    private static Task IncarnationAsync(TestCluster cluster, long number, int node = 0)
        => TestCluster.UntilAsync(() => cluster.Nodes[node].Runtime.Layouts.Any(l => l.Incarnation == number), $"incarnation {number}");
}
