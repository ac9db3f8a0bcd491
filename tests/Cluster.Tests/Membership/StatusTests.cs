// What xclassflow cluster status learns, without joining.
using XClassFlow.Cluster.Membership;

namespace XClassFlow.Cluster.Tests.Membership;

public sealed class StatusTests
{
    [Fact]
    public async Task It_shows_members_ranks_class_ranges_and_the_step()
    {
        await using var cluster = new TestCluster("world-size = 2", new FakeTraining { Classes = 101 });
        cluster.Start();
        var run = cluster.Submit();
        await LossTests.StepsAsync(run, 6);
        var commands = new ClusterCommands(_ => throw new NotSupportedException("a client is no node"));
        var status = await commands.StatusAsync(cluster.Configuration(0), CancellationToken.None).WaitAsync(TestCluster.Patience);

        Assert.Equal(("fake", "running", 1, 101, 6, 20), (status.Run, status.Phase, status.Incarnation, status.Classes, status.Step, status.Updates));
        Assert.Equal(100, status.SamplesPerSecond);
        Assert.Equal([0, 1], status.Members.Select(m => m.Node!.Value));
        Assert.Equal([new ShardStatus(0, 0, 51), new ShardStatus(1, 51, 101)], status.Members.SelectMany(m => m.Shards));
        Assert.All(status.Members, m => Assert.True(m is { Reachable: true, Phase: "running", Roles: "all" }));
        Assert.Equal(2, Akka.Cluster.Cluster.Get(run.Process.System).State.Members.Count);
    }

    [Fact]
    public async Task Where_nobody_answers_it_says_so()
    {
        await using var cluster = new TestCluster("world-size = 2", new FakeTraining());
        var commands = new ClusterCommands(_ => throw new NotSupportedException("a client is no node"));
        var e = await Assert.ThrowsAsync<ClusterException>(() => commands.StatusAsync(cluster.Configuration(0), CancellationToken.None).WaitAsync(TestCluster.Patience));
        Assert.Contains("answers; start the nodes", e.Message, StringComparison.Ordinal);
    }
}
