// What an operator sees of a node that starts.
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Akka.Configuration;
using XClassFlow.Cluster.Membership;
using XClassFlow.Cluster.Membership.Node;
using XClassFlow.Data;

namespace XClassFlow.Cluster.Tests.Membership;

public sealed class JoiningTests
{
    [Fact]
    public async Task A_node_that_nobody_answers_says_so_once_and_then_that_it_has_joined()
    {
        var timing = TestCluster.Timing with { JoinWait = TimeSpan.FromMilliseconds(400) };
        await using var cluster = new TestCluster("world-size = 2", new FakeTraining(), timing);
        var lines = new ConcurrentQueue<string>();
        var environment = RunEnvironment.Of(cluster.Configuration(0));
        var parts = new NodeParts(_ => new FakeRuntime(cluster.Training, "late"), _ => new FakeLane("late"));
        await using var node = NodeProcess.Start(environment, parts, timing, lines.Enqueue);
        await TestCluster.UntilAsync(() => !lines.IsEmpty, "a line");
        Assert.StartsWith($"no answer from {environment.Settings.Seeds.Single()}; still trying.", lines.Single(), StringComparison.Ordinal);
        cluster.Start();
        await TestCluster.UntilAsync(() => lines.Count > 1, "another line");
        Assert.StartsWith("joined the cluster, ", lines.Last(), StringComparison.Ordinal);
        Assert.Equal(2, lines.Count);
    }

    [Fact]
    public async Task A_train_command_shows_that_its_node_has_joined()
    {
        await using var cluster = new TestCluster("world-size = 2", new FakeTraining());
        var run = cluster.Submit();
        await TestCluster.UntilAsync(() => run.Observer.Notes.Contains("joined the cluster, 1 members"), "the note", () => string.Join('|', run.Observer.Notes));
    }

    [Fact]
    public async Task A_node_whose_runtime_cannot_be_made_leaves_no_control_port_behind()
    {
        await using var cluster = new TestCluster("world-size = 1", new FakeTraining());
        int port;
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            port = ((IPEndPoint)probe.LocalEndpoint).Port;
        }

        var parts = new NodeParts(_ => throw new UserErrorException("no such thing", "torch", "name one"), _ => new FakeLane("n"));
        Assert.Throws<UserErrorException>(() => NodeProcess.Start(RunEnvironment.Of(cluster.Configuration(port)), parts, TestCluster.Timing, _ => { }));
        using var free = new TcpListener(IPAddress.Loopback, port);
        free.Start();
    }

    [Theory]
    [InlineData("akka.actor.provider = nonsense")]
    [InlineData("akka.loglevel = [1]")]
    [InlineData("akka.cluster.gossip-interval = soon")]
    [InlineData("akka.cluster.downing-provider-class = \"No.Such, Thing\"")]
    public void A_mistake_in_the_block_of_Akka_is_the_users(string block)
    {
        var e = Assert.Throws<UserErrorException>(() => AkkaSystem.CreateMember(new XClassFlow.Cluster.Membership.ClusterSettings(), ConfigurationFactory.ParseString(block), null));
        Assert.StartsWith("akka: no actor system can be made with it (", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }
}
