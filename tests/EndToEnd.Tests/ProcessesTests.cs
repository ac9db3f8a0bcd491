// A run on three processes: it gives the numbers of one process, also when a node is killed and replaced.
using System.Text.Json;
using XClassFlow.EndToEnd.Tests.Support;

namespace XClassFlow.EndToEnd.Tests;

public sealed class ProcessesTests
{
    [Fact]
    public async Task Three_processes_give_the_bits_of_one()
    {
        await using var cluster = new RunningCluster(3);
        var first = cluster.Node(seed: 0);
        var second = cluster.Node(seed: 1);
        var train = cluster.Train();
        await RunningCluster.ExpectExitAsync(0, train, first, second);

        var report = cluster.Report();
        AssertSame(await cluster.TrainAloneAsync(3), report);
        Assert.Equal(3, report.GetProperty("world_size").GetInt32());
        Assert.True(report.GetProperty("communication").GetProperty("bytes_sent").GetInt64() > 0);
    }

    [Fact]
    public async Task A_killed_node_is_replaced_and_no_step_counts_twice()
    {
        await using var cluster = new RunningCluster(3);
        var first = cluster.Node(seed: 0);
        var victim = cluster.Node(seed: 1);
        var train = cluster.Train();
        await train.StepAsync(100, RunningCluster.Patience);
        victim.Kill();
        var replacement = cluster.Node();
        await train.LineAsync("incarnation 2", line => line.StartsWith("incarnation 2: goes on from step ", StringComparison.Ordinal), RunningCluster.Patience);
        await RunningCluster.ExpectExitAsync(0, train, first, replacement);

        var report = cluster.Report();
        AssertSame(await cluster.TrainAloneAsync(3), report);
        var incarnations = report.GetProperty("incarnations");
        Assert.Equal(2, incarnations.GetArrayLength());
        Assert.InRange(incarnations[1].GetProperty("seconds_to_resume").GetDouble(), 0.1, 120);
    }

    private static void AssertSame(JsonElement expected, JsonElement actual)
    {
        double[] Losses(JsonElement report) => [.. report.GetProperty("losses").EnumerateArray().Select(l => l.GetDouble())];
        Assert.Equal(400, actual.GetProperty("updates").GetInt64());
        Assert.Equal(400 * 48, actual.GetProperty("samples").GetInt64());
        Assert.Equal(Losses(expected), Losses(actual));
        Assert.Equal(expected.GetProperty("eval").ToString(), actual.GetProperty("eval").ToString());
    }
}
