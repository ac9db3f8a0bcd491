// Slow: nodes of every role are killed, stopped and cut off, and the run still ends right. Runs with XCLASSFLOW_SOAK=1 (docs/testing.md).
using System.Globalization;
using System.Text.Json;
using XClassFlow.EndToEnd.Tests.Support;

namespace XClassFlow.EndToEnd.Tests;

public sealed class LossSoakTests(ITestOutputHelper output)
{
    private const int Stop = 19;
    private const int Continue = 18;
    private const int Updates = 8000;

    private static readonly TimeSpan Endurance = TimeSpan.FromMinutes(15);

    public static TheoryData<string> Roles => ["the supervisor's node", "another node", "the submitter", "a node that only holds shards", "a node that only loads"];

    /// <summary>Enough steps for all accidents, and checkpoints often enough to make progress between them.</summary>
    private static readonly string[] Long = [$"schedule.updates={Updates}", "schedule.checkpoint-every=25", "cluster.restarts=1000"];

    [Theory]
    [MemberData(nameof(Roles))]
    public async Task Whoever_is_killed_the_run_ends_like_an_undisturbed_one(string role)
    {
        RequireSoak();
        await using var cluster = new RunningCluster(role.StartsWith("a node", StringComparison.Ordinal) ? 4 : 3);
        string[] sets = ["schedule.updates=1200", "schedule.checkpoint-every=50", "layout.replicas=2", "layout.shards=3"];
        var (first, second, third) = role switch
        {
            "a node that only holds shards" => (Roled("backbone, loader"), Roled("backbone, loader"), Roled("shard")),
            "a node that only loads" => (Roled("backbone, shard"), Roled("backbone, shard"), Roled("loader")),
            _ => (sets, sets, sets),
        };
        var oldest = cluster.Node(seed: 0, sets: first);
        await oldest.LineAsync("its address", line => line.StartsWith("node ", StringComparison.Ordinal), RunningCluster.Patience);
        var other = cluster.Node(seed: 1, sets: second);
        var special = ReferenceEquals(third, sets) ? null : cluster.Node(sets: third);
        var train = cluster.Train(sets: ReferenceEquals(third, sets) ? sets : [.. sets, "cluster.roles=[backbone, loader, shard]"]);
        await train.StepAsync(220, RunningCluster.Patience);
        CommandProcess replacement;
        switch (role)
        {
            case "the supervisor's node":
                oldest.Kill();
                replacement = cluster.Node(sets: sets);
                await RunningCluster.ExpectExitAsync(0, train, other, replacement);
                break;
            case "another node":
                other.Kill();
                replacement = cluster.Node(sets: sets);
                await RunningCluster.ExpectExitAsync(0, train, oldest, replacement);
                break;
            case "the submitter":
                train.Kill();
                replacement = cluster.Train(sets: sets);
                await RunningCluster.ExpectExitAsync(0, replacement, oldest, other);
                break;
            default:
                special!.Kill();
                replacement = cluster.Node(sets: third);
                await RunningCluster.ExpectExitAsync(0, train, oldest, other, replacement);
                break;
        }

        AssertSame(await cluster.TrainAloneAsync(2, 3, ["schedule.updates=1200"]), cluster.Report(), 1200);
        Tell(role, cluster.Report());

        string[] Roled(string roles) => [.. sets, $"cluster.roles=[{roles}]"];
    }

    [Fact]
    public async Task A_stopped_node_is_replaced_and_refused_when_it_wakes_up()
    {
        RequireSoak();
        await using var cluster = new RunningCluster(3);
        string[] sets = ["schedule.updates=1200", "schedule.checkpoint-every=50"];
        var first = cluster.Node(seed: 0, sets: sets);
        var stopped = cluster.Node(seed: 1, sets: sets);
        var train = cluster.Train(sets: sets);
        await train.StepAsync(220, RunningCluster.Patience);
        stopped.Signal(Stop);
        var replacement = cluster.Node(sets: sets);
        await train.LineAsync("incarnation 2", line => line.StartsWith("incarnation 2: goes on from step ", StringComparison.Ordinal), RunningCluster.Patience);
        stopped.Signal(Continue);
        await RunningCluster.ExpectExitAsync(1, stopped);
        await RunningCluster.ExpectExitAsync(0, train, first, replacement);
        AssertSame(await cluster.TrainAloneAsync(3, 3, ["schedule.updates=1200"]), cluster.Report(), 1200);
        Tell("stopped for longer than the failure detector allows", cluster.Report());
    }

    [Fact]
    public async Task Twenty_accidents_in_one_run()
    {
        RequireSoak();
        if (TestNetwork.WhyNot() is { } reason)
        {
            Assert.Skip($"no network namespaces can be made here: {reason}");
        }

        var random = new Random(20);
        using var network = new TestNetwork(4);
        await using var cluster = new RunningCluster(3, "", network);
        var nodes = new Dictionary<int, CommandProcess> { [0] = cluster.Node(host: 0, sets: Long), [1] = cluster.Node(host: 1, sets: Long) };
        var train = cluster.Train(host: 2, sets: Long);
        await train.StepAsync(30, RunningCluster.Patience);
        var incarnation = 1;
        for (var accident = 1; accident <= 20; accident++)
        {
            var host = nodes.Keys.Order().ElementAt(random.Next(nodes.Count));
            var victim = nodes[host];
            var kind = random.Next(3);
            output.WriteLine($"{accident}: {(kind == 0 ? "kill" : kind == 1 ? "stop" : "cut")} {victim.Name} on host {host}");
            var spare = Enumerable.Range(0, 4).First(h => h != 2 && !nodes.ContainsKey(h));
            if (kind == 0)
            {
                victim.Kill();
            }
            else if (kind == 1)
            {
                victim.Signal(Stop);
            }
            else
            {
                network.Cut(host);
            }

            nodes.Remove(host);
            nodes[spare] = cluster.Node(host: spare, sets: Long);
            incarnation++;
            var next = incarnation;
            await train.LineAsync(
                $"incarnation {next} or later without the victim",
                line => Incarnation(line) >= next
                    && (line.Contains($"{TestNetwork.AddressOf(host)}:", StringComparison.Ordinal) || line.Contains("the supervisor's node was lost", StringComparison.Ordinal)),
                RunningCluster.Patience);
            incarnation = train.Lines.Max(Incarnation);
            if (kind == 1)
            {
                victim.Signal(Continue);
            }
            else if (kind == 2)
            {
                // It has stopped itself by now or does so soon; its host is needed again.
                await RunningCluster.ExpectExitAsync(1, victim);
                network.Join(host);
            }

            if (kind == 1)
            {
                await RunningCluster.ExpectExitAsync(1, victim);
            }
        }

        // What is left of the run is thousands of steps, which take long where others use the machine too.
        var code = await train.ExitAsync(Endurance);
        Assert.True(code == 0, $"{train.Name} ended with {code}; {train.Tail()}");
        await RunningCluster.ExpectExitAsync(0, [.. nodes.Values]);
        AssertSame(await cluster.TrainAloneAsync(3, 3, [$"schedule.updates={Updates}"], Endurance), cluster.Report(), Updates);
        Tell("twenty accidents", cluster.Report());
    }

    private static int Incarnation(string line)
        => line.StartsWith("incarnation ", StringComparison.Ordinal) && line.IndexOf(':', StringComparison.Ordinal) is > 12 and var colon
            ? int.Parse(line.AsSpan(12, colon - 12), CultureInfo.InvariantCulture) : 0;

    private static void RequireSoak() => Assert.SkipUnless(Environment.GetEnvironmentVariable("XCLASSFLOW_SOAK") is { Length: > 0 }, "slow: set XCLASSFLOW_SOAK=1");

    private static void AssertSame(JsonElement expected, JsonElement actual, int updates)
    {
        Assert.Equal(updates, actual.GetProperty("updates").GetInt64());
        Assert.Equal(updates * 48L, actual.GetProperty("samples").GetInt64());
        Assert.Equal(expected.GetProperty("eval").ToString(), actual.GetProperty("eval").ToString());
        var (wanted, losses) = (expected.GetProperty("losses"), actual.GetProperty("losses"));
        Assert.Equal(updates, losses.GetArrayLength());
        for (var step = 0; step < updates; step++)
        {
            // Steps that nobody was left to tell of are null in the report; all others are the same bits.
            Assert.True(losses[step].ValueKind == JsonValueKind.Null || losses[step].GetDouble() == wanted[step].GetDouble(), $"step {step}: {losses[step]} and {wanted[step]}");
        }
    }

    private void Tell(string what, JsonElement report) => output.WriteLine($"{what}: seconds to resume " + string.Join(", ", report.GetProperty("incarnations").EnumerateArray()
        .Where(i => i.GetProperty("seconds_to_resume").ValueKind == JsonValueKind.Number).Select(i => i.GetProperty("seconds_to_resume").GetDouble().ToString("0.0", CultureInfo.InvariantCulture))));
}
