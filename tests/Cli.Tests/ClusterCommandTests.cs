// The commands node and cluster: what they print and how they end.
using XClassFlow.Cluster.Membership;
using XClassFlow.Data;

namespace XClassFlow.Cli.Tests;

public sealed class ClusterCommandTests
{
    private static readonly ClusterStatus Status = new(
        "akka.tcp://x@h:1", "running", null, "glyphs", 2, 101, 1_500, 3_000, 1234.5,
        [
            new MemberStatus("akka.tcp://x@h:1", true, "running", "all", 0, [0], [new ShardStatus(0, 0, 51)]),
            new MemberStatus("akka.tcp://x@h:2", false, "running", "shard", null, [], []),
        ]);

    [Fact]
    public async Task A_node_ends_with_the_code_of_its_reason()
    {
        using var cli = new Cli();
        var config = cli.Write("a.conf", "xclassflow {}");
        Assert.Equal(0, await cli.RunAsync("node", "-c", config));
        Assert.Equal("a node\n", cli.Out);
        cli.Cluster.Node = _ => Task.FromResult(false);
        Assert.Equal(130, await cli.RunAsync("node", "-c", config));
        cli.Cluster.Node = _ => throw new UserErrorException("what", "where");
        Assert.Equal(2, await cli.RunAsync("node", "-c", config));
        cli.Cluster.Node = _ => throw new ClusterException("the others went on");
        Assert.Equal(1, await cli.RunAsync("node", "-c", config));
        Assert.EndsWith("xclassflow: failed: the others went on\n", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_is_lines_or_json()
    {
        using var cli = new Cli();
        var config = cli.Write("a.conf", "xclassflow {}");
        Assert.Equal(1, await cli.RunAsync("cluster", "status", "-c", config));
        cli.Cluster.Status = () => Status;
        Assert.Equal(0, await cli.RunAsync("cluster", "status", "-c", config));
        Assert.Equal(
            """
            run glyphs, running, incarnation 2, step 1,500/3,000, 1,234 samples/s
            node 0  akka.tcp://x@h:1  all  running  ranks 0  shard 0 classes 0..50  supervisor
            spare  akka.tcp://x@h:2  shard  does not answer

            """.ReplaceLineEndings("\n"), cli.Out);
        Assert.Equal(0, await cli.RunAsync("cluster", "status", "-c", config, "--json"));
        Assert.Contains("\"samples_per_second\": 1234.5", cli.Out, StringComparison.Ordinal);
        Assert.Contains("\"class_end\": 51", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Certificates_are_made_for_each_host()
    {
        using var cli = new Cli();
        Assert.Equal(0, await cli.RunAsync("cluster", "certificates", "--out", "c", "--hosts", "10.0.0.1, b"));
        Assert.Equal(["10.0.0.1", "b"], cli.Cluster.Hosts);
        Assert.Equal(2, await cli.RunAsync("cluster", "certificates", "--out", "c"));
    }
}
