// Exposed communication is what a node really waited for: on a graph with known waits, and over the nodes of a run.
using System.Text.Json;
using XClassFlow.Cluster.Hosting;
using XClassFlow.Cluster.Lane;
using XClassFlow.Cluster.Tests.Training;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Tests.Flow;
using XClassFlow.Stages.Tests.Timelines;
using XClassFlow.Stages.Timelines;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Tests.Nodes;

public sealed class TimelineNodesTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string folder = Directory.CreateTempSubdirectory("xclassflow-timeline-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>
    /// a on node 0 asks b on node 1, which works for 1 s and answers; a works for 2 s on the answer and asks again. Every message takes 3 s. So on each node 3 of the 9 seconds of a
    /// step are a wait for a message that is under way, and the others are work here or there.
    /// </summary>
    [Fact]
    public async Task A_wait_for_a_message_under_way_is_exposed_and_a_wait_for_the_others_work_is_not()
    {
        const int Steps = 5;
        var clock = new HandTurnedClock();
        var (asked, waiting) = (0, false);
        var graph = new FlowGraph()
            .Add("a", 1, _ => new Lab
            {
                MayProduce = () => !waiting && asked < Steps,
                Finished = () => !waiting && asked == Steps,
                OnProduce = l =>
                {
                    waiting = true;
                    l.To<Box>().Send(Box.Of(asked++));
                },
            }.WithOut<Box>("out").With<Box>("answer", (_, _) =>
            {
                clock.Pass(2);
                waiting = false;
            }, feedback: true))
            .Add("b", 1, _ => new Lab().With<Box>("in", (l, m) =>
            {
                clock.Pass(1);
                l.To<Box>().Send(Box.Of(m.Step));
            }).WithOut<Box>("out"))
            .Connect("a.out", "b.in")
            .Connect("b.out", "a.answer");

        // The clock goes on for a transfer when the call that sent the message is over.
        using var sent = new SemaphoreSlim(0);
        var tap = new ReturnTap((stage, call, inlet) =>
        {
            if (call == StageCall.Produce || inlet == "in")
            {
                sent.Release();
            }
        });
        var timelines = Enumerable.Range(0, 2).Select(_ => new Timeline(new TimelineSettings("-", 2, 3), new RunPlan { Updates = Steps }, clock)).ToArray();
        var endpoints = InProcessTraining.InProcessEndpoints(2);
        string[] addresses = [.. endpoints.Select(e => e.Address)];
        var parts = timelines.Select((t, n) => new LaneParts(n, a => a.Group == "a" ? 0 : 1, null) { Timeline = t }).ToArray();
        var lanes = await Task.WhenAll(parts.Select((part, n) => endpoints[n].OpenAsync(
            new LanePlan("run", 1, n, addresses),
            new SlowReceiver(part, () =>
            {
                Assert.True(sent.Wait(Patience));
                clock.Pass(3);
            }),
            CancellationToken.None)));
        try
        {
            await Task.WhenAll(parts.Select((part, n) =>
            {
                part.Use(lanes[n]);
                return new ActorHost(part).RunAsync(graph, new FlowOptions { Taps = [timelines[n], tap] }, CancellationToken.None);
            })).WaitAsync(Patience);
            Assert.Equal(new TimelineTotals(2, 3, 27, 6, 9, 9, 48), timelines[0].Totals());
            Assert.Equal(new TimelineTotals(2, 3, 27, 3, 9, 9, 48), timelines[1].Totals());
        }
        finally
        {
            foreach (var lane in lanes)
            {
                await lane.DisposeAsync();
            }

            foreach (var part in parts)
            {
                part.Dispose();
            }
        }
    }

    [Fact]
    public async Task Every_node_of_a_run_writes_its_trace_and_the_losses_do_not_notice()
    {
        var file = Path.Combine(folder, "trace.json");
        string[] sets = ["layout.shards=2", "layout.replicas=2"];
        var without = await InProcessTraining.TrainAsync(TinyConfiguration.With(sets), 2);
        var with = await InProcessTraining.TrainAsync(TinyConfiguration.With([.. sets, $"timeline={{ file = \"{file}\", from-step = 5, steps = 4 }}"]), 2);
        Assert.Null(without.Timeline);
        Assert.Equal(without.Losses, with.Losses);
        var timeline = with.Timeline!;
        Assert.Equal((5, 4), (timeline.FromStep, timeline.Steps));
        Assert.InRange(timeline.ComputeSeconds, 1e-6, timeline.StepSeconds);
        Assert.InRange(timeline.CommunicationSeconds, 1e-6, timeline.StepSeconds);
        Assert.InRange(timeline.ExposedSeconds, 0, timeline.StepSeconds - timeline.ComputeSeconds + 1e-9);
        foreach (var node in new[] { 0, 1 })
        {
            using var json = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, $"trace-node-{node}.json")));
            var events = json.RootElement.GetProperty("traceEvents").EnumerateArray().ToArray();
            Assert.Equal(["step 5", "step 6", "step 7", "step 8"], events.Where(e => Text(e, "cat") == "step").Select(e => Text(e, "name")));
            Assert.Contains(events, e => Text(e, "cat") == "stage" && Text(e, "name") == "embedding_gradients");
            Assert.Contains(events, e => Text(e, "ph") == "b" && Text(e, "name") == "exchange.parts -> exchange.parts");
        }
    }

    private static string Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetString()! : "";
}
