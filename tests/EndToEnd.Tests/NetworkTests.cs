// Nodes with an address each: a node that is cut off stops itself, the others go on.
using XClassFlow.EndToEnd.Tests.Support;

namespace XClassFlow.EndToEnd.Tests;

public sealed class NetworkTests
{
    [Fact]
    public async Task Of_two_and_one_the_one_stops_itself()
    {
        if (TestNetwork.WhyNot() is { } reason)
        {
            Assert.Skip($"no network namespaces can be made here: {reason}");
        }

        using var network = new TestNetwork(3);
        await using var cluster = new RunningCluster(3, "cluster.elastic = on", network);
        var first = cluster.Node(host: 0);
        var cut = cluster.Node(host: 1);
        var train = cluster.Train(host: 2);
        await train.StepAsync(60, RunningCluster.Patience);
        network.Cut(1);
        await RunningCluster.ExpectExitAsync(1, cut);
        Assert.Contains(cut.Lines, line => line.Contains("the other nodes went on without this one", StringComparison.Ordinal));
        await train.LineAsync("two nodes", line => line.Contains(" on 2 nodes", StringComparison.Ordinal), RunningCluster.Patience);
        await RunningCluster.ExpectExitAsync(0, train, first);
        Assert.Equal(400, cluster.Report().GetProperty("updates").GetInt64());
        Assert.Equal([3, 2], cluster.Report().GetProperty("incarnations").EnumerateArray().Select(i => i.GetProperty("nodes").GetInt32()));
    }
}
