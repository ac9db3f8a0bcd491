// What every host does with a graph: broadcast, scatter, gather.
using System.Collections.Concurrent;
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Tests.Flow;

public abstract partial class FlowHostTests
{
    [Fact]
    public async Task BroadcastGivesEveryReceiverAMessageOfItsOwn()
    {
        var queues = new ConcurrentQueue<string>[] { new(), new(), new() };
        var graph = new FlowGraph()
            .Add("source", 1, _ => Simple.Source("s", 20))
            .Add("sink", 3, i => Simple.Sink(queues[i]))
            .Connect("source.out", "sink.in", LinkKind.Broadcast, 2);
        await RunAsync(graph);
        Assert.All(queues, q => Assert.Equal(Simple.Expected("s", 20), q));
    }

    [Fact]
    public async Task ScatterGoesWhereTheSenderSays()
    {
        var queues = new ConcurrentQueue<string>[] { new(), new(), new() };
        await RunAsync(Scattered(queues));
        AssertScattered(queues);
    }

    [Fact]
    public async Task ScatterWithoutADestinationNamesTheLink()
    {
        var graph = new FlowGraph()
            .Add("source", 1, _ => Simple.Source("s", 2))
            .Add("sink", 3, _ => Simple.Sink(_seen))
            .Connect("source.out", "sink.in", LinkKind.Scatter);
        var fault = await Assert.ThrowsAsync<StageException>(() => RunAsync(graph));
        Assert.Contains("source.out -> sink.in", fault.Message, StringComparison.Ordinal);
        Assert.Contains("SendTo", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GatherHandsOverPartsInTheSendersOrder()
    {
        using var lastSent = new ManualResetEventSlim(!IsConcurrent);
        var graph = new FlowGraph()
            .Add("source", 3, i => Simple.Source($"s{i}", 10, _ =>
            {
                // The last sender's part arrives first.
                if (i == 2)
                {
                    lastSent.Set();
                }
                else
                {
                    Assert.True(lastSent.Wait(TimeSpan.FromSeconds(30)));
                }
            }))
            .Add("sink", 2, i => new Lab().WithGather<Box>("in", (_, parts) => _seen.Enqueue($"{i} {parts[0].Step} {string.Join(",", parts.Select(p => p.Path))}")))
            .Connect("source.out", "sink.in", LinkKind.Broadcast, 2);
        await RunAsync(graph);
        foreach (var sink in new[] { 0, 1 })
        {
            Assert.Equal(Enumerable.Range(0, 10).Select(s => $"{sink} {s} s0,s1,s2"), _seen.Where(l => l[0] == '0' + sink));
        }
    }

    [Fact]
    public async Task GatherWorksOverOneToOneLinks()
    {
        var graph = new FlowGraph()
            .Add("source", 2, i => Simple.Source($"s{i}", 3))
            .Add("sink", 2, i => new Lab().WithGather<Box>("in", (_, parts) => _seen.Enqueue($"{i} {string.Join(",", parts.Select(p => p.Path))}")))
            .Connect("source.out", "sink.in");
        await RunAsync(graph);
        Assert.Equal(["0 s0", "0 s0", "0 s0", "1 s1", "1 s1", "1 s1"], _seen.Order());
    }

    [Fact]
    public async Task PartsThatDoNotBelongTogetherAreNamed()
    {
        var graph = new FlowGraph()
            .Add("source", 2, i => Simple.Source($"s{i}", 3))
            .Add("skip", 2, i => new Lab().WithOut<Box>("out").With<Box>("in", (lab, box) =>
            {
                if (i == 0 || box.Step != 1)
                {
                    lab.To<Box>().Send(box);
                }
            }))
            .Add("sink", 1, _ => new Lab().WithGather<Box>("in", (_, _) => { }))
            .Connect("source.out", "skip.in")
            .Connect("skip.out", "sink.in", LinkKind.Broadcast);
        var fault = await Assert.ThrowsAsync<StageException>(() => RunAsync(graph));
        Assert.Equal(new StageAddress("sink", 0), fault.Stage);
        Assert.Contains("skip[0]: step 1 micro-batch 0, skip[1]: step 2 micro-batch 0", fault.Message, StringComparison.Ordinal);
    }

    private static FlowGraph Scattered(ConcurrentQueue<string>[] queues)
    {
        var next = 0;
        return new FlowGraph()
            .Add("source", 1, _ => new Lab
            {
                MayProduce = () => next < 9,
                Finished = () => next >= 9,
                OnProduce = lab =>
                {
                    Assert.Equal(3, lab.Context.Receivers(lab.To<Box>()));
                    lab.To<Box>().SendTo(next % 3, Box.Of(next++, "s"));
                },
            }.WithOut<Box>("out"))
            .Add("sink", 3, i => Simple.Sink(queues[i]))
            .Connect("source.out", "sink.in", LinkKind.Scatter, 1);
    }

    private static void AssertScattered(ConcurrentQueue<string>[] queues)
        => Assert.All(Enumerable.Range(0, 3), i => Assert.Equal(Enumerable.Range(0, 3).Select(k => $"s:{(k * 3) + i}:{4 * ((k * 3) + i)}"), queues[i]));
}
