// A run on several nodes, when nothing goes wrong.
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Cluster.Tests.Membership;

public sealed class RunOnClusterTests
{
    [Fact]
    public async Task Nodes_form_a_cluster_run_and_leave()
    {
        await using var cluster = new TestCluster("world-size = 3", new FakeTraining());
        cluster.Start(2);
        var run = cluster.Submit();
        cluster.Training.Allow(20);
        var report = await run.Report.WaitAsync(TestCluster.Patience);

        Assert.Equal(RunOutcome.Completed, report.Outcome);
        Assert.Equal(20, report.Updates);
        Assert.Equal(160, report.Samples);
        Assert.Equal(20, report.Losses!.Count);
        var only = Assert.Single(report.Incarnations!);
        Assert.Equal(new IncarnationReport(1, 3, 0, 20, "", null), only);
        Assert.Equal(300, report.Communication!.BytesSent);
        Assert.Equal(20, run.Observer.Steps.Count);
        Assert.Equal("started", run.Observer.Notes.Single(n => n == "started"));
        foreach (var node in cluster.Nodes)
        {
            Assert.Equal(0, (await node.Process.Ended.WaitAsync(TestCluster.Patience)).Code);
            Assert.Equal(0, node.Runtime.Alive);
            var layout = Assert.Single(node.Runtime.Layouts);
            Assert.Equal([0, 1, 2], layout.Backbones);
            Assert.Equal([0, 1, 2], layout.Shards);
        }
    }
}
