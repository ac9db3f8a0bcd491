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
        AssertSame(await cluster.TrainAloneAsync(3), report, killed: false);
        Assert.Equal(3, report.GetProperty("world_size").GetInt32());
        Assert.True(report.GetProperty("communication").GetProperty("bytes_sent").GetInt64() > 0);
    }

    [Theory]
    [InlineData("between")]
    [InlineData("overlapped")]
    public async Task Three_processes_audit_and_rebuild_as_one(string rebuild)
    {
        string[] sets = ["schedule.updates=60", $"active-classes={{ rebuild = {rebuild}, rebuild-delay = 5, rebuild-below = 0.9, audit {{ every = 7, classes = 100 }} }}"];
        await using var cluster = new RunningCluster(3);
        var first = cluster.Node(seed: 0, sets: sets);
        var second = cluster.Node(seed: 1, sets: sets);
        var train = cluster.Train(sets: sets);
        await RunningCluster.ExpectExitAsync(0, train, first, second);

        var report = cluster.Report();
        var audits = report.GetProperty("audits");
        Assert.Equal(8, audits.GetArrayLength());
        Assert.Equal(JsonValueKind.Number, audits[7].GetProperty("recall").ValueKind);
        var rebuilt = report.GetProperty("active_classes").GetProperty("rebuilt_for_recall");
        Assert.True(rebuilt.GetArrayLength() > 0, audits.GetRawText());
        var alone = await cluster.TrainAloneAsync(3, 3, sets);
        Assert.Equal(alone.GetProperty("audits").GetRawText(), audits.GetRawText());
        Assert.Equal(alone.GetProperty("active_classes").GetProperty("rebuilt_for_recall").GetRawText(), rebuilt.GetRawText());
        Assert.Equal(alone.GetProperty("losses").GetRawText(), report.GetProperty("losses").GetRawText());
    }

    /// <summary>From the checkpoint on with rates so high that lower ones do not help either.</summary>
    [Fact]
    public async Task A_run_in_repeated_trouble_goes_back_to_its_last_good_checkpoint_and_then_ends_with_the_reason()
    {
        static string[] Sets(int updates, string rate) =>
        [
            $"schedule.updates={updates}", "schedule.checkpoint-every=20", "head.normalize=off", "backbone={ mlp { norm = none, embedding-norm = none } }", "guard={ left-out = 10, returns = 1 }",
            $"convergence={{ type = constant, constant.rates {{ backbone = {rate}, head = {rate} }} }}",
        ];
        await using var cluster = new RunningCluster(2);
        await RunningCluster.ExpectExitAsync(0, cluster.Node(seed: 0, sets: Sets(40, "0.01")), cluster.Train(sets: Sets(40, "0.01")));
        var node = cluster.Node(seed: 0, sets: Sets(400, "1e5"));
        var train = cluster.Resume(Sets(400, "1e5"));
        await RunningCluster.ExpectExitAsync(1, train, node);

        Assert.Contains(train.Lines, l => l.StartsWith("incarnation 2: goes on from step 40 on 2 nodes (before step ", StringComparison.Ordinal));
        Assert.Contains(train.Lines, l => l.EndsWith("step-000000040; back to it with lower rates, return 1", StringComparison.Ordinal));
        Assert.DoesNotContain(train.Lines, l => l.StartsWith("incarnation 3", StringComparison.Ordinal));
        Assert.Matches("before step [0-9]+: .*look at the samples, or lower the learning rates; the last good checkpoint is .*step-000000040", train.Lines[^1]);
        Assert.True(Directory.Exists(Path.Combine(cluster.Checkpoints, "step-000000040")));
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

    [Fact]
    public async Task A_run_that_shrank_takes_a_replacement_in_and_trains_no_step_twice_for_it()
    {
        await using var cluster = new RunningCluster(3, "cluster.elastic = on");
        string[] sets = ["layout.replicas=3", "layout.shards=3", "schedule.updates=1500"];
        var first = cluster.Node(seed: 0, sets: sets);
        var victim = cluster.Node(seed: 1, sets: sets);
        var train = cluster.Train(sets: sets);
        await train.StepAsync(100, RunningCluster.Patience);
        victim.Kill();
        await train.LineAsync("two nodes", line => line.StartsWith("incarnation 2:", StringComparison.Ordinal) && line.Contains(" on 2 nodes", StringComparison.Ordinal), RunningCluster.Patience);
        var replacement = cluster.Node(sets: sets);
        await train.LineAsync("three nodes", line => line.StartsWith("incarnation 3:", StringComparison.Ordinal) && line.Contains("on 3 nodes (takes in ", StringComparison.Ordinal), RunningCluster.Patience);
        await RunningCluster.ExpectExitAsync(0, train, first, replacement);

        var report = cluster.Report();
        AssertSame(await cluster.TrainAloneAsync(3, 3, ["schedule.updates=1500"]), report, 1500);
        var incarnations = report.GetProperty("incarnations");
        Assert.Equal(incarnations[1].GetProperty("end_step").GetInt64(), incarnations[2].GetProperty("first_step").GetInt64());
        Assert.InRange(incarnations[2].GetProperty("seconds_to_resume").GetDouble(), 0.01, 120);
    }

    private static void AssertSame(JsonElement expected, JsonElement actual, int updates = 400, bool killed = true)
    {
        double[] Losses(JsonElement report) => [.. report.GetProperty("losses").EnumerateArray().Select(l => l.ValueKind == JsonValueKind.Null ? double.NaN : l.GetDouble())];
        Assert.Equal(updates, actual.GetProperty("updates").GetInt64());
        Assert.Equal(updates * 48, actual.GetProperty("samples").GetInt64());

        // Steps that a killed node had no time to tell of have no loss in the report; all others are the same bits.
        var (wanted, losses) = (Losses(expected), Losses(actual));
        Assert.Equal(wanted.Length, losses.Length);
        Assert.Equal(wanted.Where((_, i) => !double.IsNaN(losses[i])), losses.Where(l => !double.IsNaN(l)));
        Assert.InRange(losses.Count(double.IsNaN), 0, killed ? updates / 10 : 0);
        Assert.Equal(expected.GetProperty("eval").ToString(), actual.GetProperty("eval").ToString());
    }
}
