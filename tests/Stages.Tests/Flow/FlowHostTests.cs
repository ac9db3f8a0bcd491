// What every host does with a graph: order, credits, exchanges, gates, feedback, completion, insertion.
using System.Collections.Concurrent;
using XClassFlow.Data;
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Tests.Flow;

[Collection(LiveTensors.Name)]
public abstract class FlowHostTests
{
    private readonly ConcurrentQueue<string> _seen = new();

    /// <summary>Whether stages run at the same time, so that one may wait for another.</summary>
    protected abstract bool IsConcurrent { get; }

    /// <summary>Whether stages stand on several nodes: what was sent may then still be on its way.</summary>
    protected virtual bool IsSpread => false;

    protected abstract IFlowHost CreateHost();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task OrderIsKeptOnAnEdge(int capacity)
    {
        var graph = new FlowGraph()
            .Add("source", 1, _ => Simple.Source("s", 50))
            .Add("pass", 1, _ => Simple.Pass())
            .Add("sink", 1, _ => Simple.Sink(_seen))
            .Connect("source.out", "pass.in", capacity: capacity)
            .Connect("pass.out", "sink.in", capacity: capacity);
        await RunAsync(graph);
        Assert.Equal(Simple.Expected("s", 50), _seen);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 1)]
    [InlineData(2, 5)]
    public async Task ASlowSinkBoundsWhatIsInMemory(int capacity, int perCall)
    {
        const int Count = 60;
        var (made, done, most) = (0, 0, 0);
        using var ahead = new SemaphoreSlim(0);
        var bound = capacity - 1 + perCall;
        var graph = new FlowGraph()
            .Add("source", 1, _ => Simple.Source(
                "s",
                Count,
                _ =>
                {
                    most = Math.Max(most, Interlocked.Increment(ref made) - Volatile.Read(ref done));
                    ahead.Release();
                },
                perCall))
            .Add("sink", 1, _ => Simple.Sink(_seen, box =>
            {
                // Slow: waits until the source has made all that its credits allow.
                while (IsConcurrent && Volatile.Read(ref made) < Math.Min(Count, Volatile.Read(ref done) + capacity))
                {
                    Assert.True(ahead.Wait(TimeSpan.FromSeconds(30)));
                }

                Interlocked.Increment(ref done);
            }))
            .Connect("source.out", "sink.in", capacity: capacity);
        await RunAsync(graph);
        Assert.Equal(Count, done);
        Assert.InRange(most, 1, bound);
        if (IsConcurrent)
        {
            Assert.True(most >= capacity, $"at most {most} were in memory, the capacity of {capacity} was never used");
        }
    }

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

    [Fact]
    public async Task AConditionHoldsMessagesBackUntilItIsTrue()
    {
        var opened = -1L;
        var graph = new FlowGraph()
            .Add("source", 1, _ => Simple.Source("s", 10))
            .Add("key", 1, _ => Simple.Source("k", 10))
            .Add("gate", 1, _ => new Lab()
                .With<Box>("in", (_, box) => _seen.Enqueue($"in {box.Step}"), box => box.Step <= opened)
                .With<Box>("key", (_, box) => _seen.Enqueue($"key {opened = box.Step}"), box => _seen.Count == box.Step * 2))
            .Connect("source.out", "gate.in")
            .Connect("key.out", "gate.key");
        await RunAsync(graph);
        Assert.Equal(Enumerable.Range(0, 10).SelectMany(s => new[] { $"key {s}", $"in {s}" }), _seen);
    }

    [Fact]
    public async Task FeedbackGoesFirstAndNeedsNoCredits()
    {
        const int Answers = 40;
        using var bothWait = new CountdownEvent(2);
        var order = new ConcurrentQueue<string>();
        var answered = 0;
        var graph = new FlowGraph()
            .Add("source", 1, _ => Simple.Source("s", 3, step =>
            {
                // Called before a message is sent: when the third is due, the second has been delivered.
                if (step == 2)
                {
                    bothWait.Signal();
                }
            }))
            .Add("middle", 1, _ => new Lab { Finished = () => answered == 3 * Answers }
                .WithOut<Box>("out")
                .With<Box>("in", (lab, box) =>
                {
                    order.Enqueue($"in {box.Step}");
                    lab.To<Box>().Send(box);
                    Assert.True(!IsConcurrent || box.Step != 0 || bothWait.Wait(TimeSpan.FromSeconds(30)));
                })
                .With<Other>("answers", (_, other) => order.Enqueue($"answer {other.Step} {++answered}"), feedback: true))
            .Add("end", 1, _ => new Lab()
                .WithOut<Other>("answers")
                .With<Box>("in", (lab, box) =>
                {
                    for (var i = 0; i < Answers; i++)
                    {
                        lab.To<Other>("answers").Send(new Other(box.Step, i));
                    }

                    if (box.Step == 0)
                    {
                        bothWait.Signal();
                    }
                }))
            .Connect("source.out", "middle.in")
            .Connect("middle.out", "end.in")
            .Connect("end.answers", "middle.answers", capacity: 1);
        await RunAsync(graph);
        Assert.Equal(3 * Answers, answered);
        if (IsConcurrent && !IsSpread)
        {
            // When the first call ended, the second message and all answers waited.
            Assert.Equal(["in 0", .. Enumerable.Range(1, Answers).Select(i => $"answer 0 {i}"), "in 1"], order.Take(Answers + 2));
        }
    }

    [Fact]
    public async Task EveryStageCompletesOnceAfterItsSendersAndMayStillSend()
    {
        var (made, disposed) = (0, 0);
        Lab Stage(string name, bool isLast)
        {
            Interlocked.Increment(ref made);
            var lab = new Lab
            {
                OnComplete = lab =>
                {
                    _seen.Enqueue($"complete {name}");
                    if (!isLast)
                    {
                        lab.To<Box>().Send(Box.Of(100, name));
                    }
                },
                OnDispose = _ => Interlocked.Increment(ref disposed),
            };
            lab.With<Box>("in", (l, box) =>
            {
                if (isLast)
                {
                    _seen.Enqueue($"{box.Path} {box.Step}");
                }
                else
                {
                    l.To<Box>().Send(box);
                }
            });
            return isLast ? lab : lab.WithOut<Box>("out");
        }

        var graph = new FlowGraph()
            .Add("source", 1, _ => Simple.Source("s", 2))
            .Add("a", 1, _ => Stage("a", false))
            .Add("b", 1, _ => Stage("b", false))
            .Add("c", 1, _ => Stage("c", true))
            .Connect("source.out", "a.in", capacity: 1)
            .Connect("a.out", "b.in", capacity: 1)
            .Connect("b.out", "c.in", capacity: 1);
        await RunAsync(graph);
        Assert.Equal(["s 0", "s 1", "a 100", "b 100"], _seen.Where(l => !l.StartsWith("complete", StringComparison.Ordinal)));
        Assert.Equal(["complete a", "complete b", "complete c"], _seen.Where(l => l.StartsWith("complete", StringComparison.Ordinal)));
        Assert.Equal(made, disposed);
    }

    [Theory]
    [InlineData(LinkKind.OneToOne)]
    [InlineData(LinkKind.Broadcast)]
    [InlineData(LinkKind.Scatter)]
    public async Task AnInsertedStageKeepsDestinations(LinkKind kind)
    {
        var queues = new ConcurrentQueue<string>[] { new(), new(), new() };
        var graph = kind switch
        {
            LinkKind.Scatter => Scattered(queues),
            _ => new FlowGraph()
                .Add("source", kind == LinkKind.OneToOne ? 3 : 1, i => Simple.Source(kind == LinkKind.OneToOne ? $"s{i}" : "s", 9))
                .Add("sink", 3, i => Simple.Sink(queues[i]))
                .Connect("source.out", "sink.in", kind, 2),
        };
        graph
            .Insert("first", "source.out", i => Simple.Pass((_, b) => _seen.Enqueue($"first {b.Path} {b.Step}")), "stages.first")
            .Insert("second", "source.out", i => Simple.Pass((_, b) => Assert.Contains($"first {b.Path} {b.Step}", _seen)), "stages.second")
            .Insert("third", "source.out", i => Simple.Pass(), "stages.third");
        await RunAsync(graph);
        switch (kind)
        {
            case LinkKind.OneToOne:
                Assert.All(Enumerable.Range(0, 3), i => Assert.Equal(Simple.Expected($"s{i}", 9), queues[i]));
                break;
            case LinkKind.Broadcast:
                Assert.All(queues, q => Assert.Equal(Simple.Expected("s", 9), q));
                break;
            default:
                AssertScattered(queues);
                break;
        }
    }

    [Fact]
    public async Task AStageCanBeInsertedBeforeAFeedbackInletAndAtAnEdgeWithSeveralLinks()
    {
        var answers = 0;
        var graph = new FlowGraph()
            .Add("source", 1, _ => Simple.Source("s", 30))
            .Add("middle", 1, _ => new Lab { Finished = () => answers == 30 }
                .WithOut<Box>("out")
                .With<Box>("in", (lab, box) => lab.To<Box>().Send(box))
                .With<Box>("answers", (_, _) => answers++, feedback: true))
            .Add("end", 1, _ => Simple.Pass())
            .Add("sink", 1, _ => Simple.Sink(_seen))
            .Connect("source.out", "middle.in", capacity: 1)
            .Connect("middle.out", "end.in", capacity: 1)
            .Connect("end.out", "middle.answers", capacity: 1)
            .Connect("end.out", "sink.in", capacity: 1)
            .Insert("inserted", "end.out", _ => Simple.Pass(), "stages.inserted")
            .Insert("behind", "end.out", _ => Simple.Pass(), "stages.behind");
        await RunAsync(graph);
        Assert.Equal(30, answers);
        Assert.Equal(Simple.Expected("s", 30), _seen);
    }

    [Fact]
    public async Task WrongWiringIsTheUsersErrorAndNamesTheLink()
    {
        FlowGraph Graph() => new FlowGraph()
            .Add("source", 1, _ => Simple.Source("s", 1))
            .Add("sink", 1, _ => Simple.Sink(_seen))
            .Add("other", 1, _ => new Lab().With<Other>("in", (_, _) => { }));

        await FailsAsync(Graph().Connect("source.nothing", "sink.in"), "source.nothing -> sink.in", "known are out");
        await FailsAsync(Graph().Connect("source.out", "sink.nothing"), "source.out -> sink.nothing", "known are in");
        await FailsAsync(Graph().Connect("source.out", "other.in"), "source.out -> other.in", "sends Box");
        await FailsAsync(Graph().Connect("source.out", "sink.in").Connect("source.out", "sink.in"), "source.out -> sink.in", "connected twice");
        Assert.Contains("sink.in", Assert.Throws<ArgumentException>(() => Graph().Add("more", 2, _ => Simple.Pass()).Connect("more.out", "sink.in")).Message, StringComparison.Ordinal);
        var unknown = Assert.Throws<UserErrorException>(() => Graph().Connect("source.out", "sink.in").Insert("x", "source.elsewhere", _ => Simple.Pass(), "stages.x.at"));
        Assert.Contains("source.out", unknown.Message, StringComparison.Ordinal);
        Assert.Throws<UserErrorException>(() => Graph().Connect("source.out", "sink.in").Insert("sink", "source.out", _ => Simple.Pass(), "stages.sink"));
        await FailsAsync(
            Graph().Connect("source.out", "sink.in").Insert("x", "source.out", _ => new Lab().With<Other>("in", (_, _) => { }).WithOut<Box>("out"), "stages.x"),
            "source.out -> x.in",
            "takes Other");
    }

    [Fact]
    public async Task TapsSeeEveryMessageOnceWhateverTheReceivers()
    {
        var tap = new CountingTap();
        var graph = new FlowGraph()
            .Add("source", 1, _ => Simple.Source("s", 7))
            .Add("sink", 3, _ => Simple.Sink(_seen))
            .Add("deaf", 1, _ => new Lab { MayProduce = () => tap.Deaf == 0, Finished = () => tap.Deaf > 0, OnProduce = l => l.To<Box>().Send(Box.Of(0)) }.WithOut<Box>("out"))
            .Connect("source.out", "sink.in", LinkKind.Broadcast);
        await RunAsync(graph, new FlowOptions { Taps = [tap] });
        Assert.Equal(7, tap.Counts["source.out"]);
        Assert.Equal(1, tap.Deaf);
    }

    [Fact]
    public async Task WorkOutsideTheGraphWakesItsStage()
    {
        var (open, done) = (0, 0);
        var graph = new FlowGraph()
            .Add("source", 1, _ => Simple.Source("s", 5))
            .Add("worker", 1, _ =>
            {
                var ready = new ConcurrentQueue<long>();
                Lab? worker = null;
                return worker = new Lab
                {
                    MayProduce = () => !ready.IsEmpty,
                    Finished = () => open == 0,
                    Outside = () => open > 0,
                    OnProduce = lab =>
                    {
                        open--;
                        Assert.True(ready.TryDequeue(out var step));
                        lab.To<Box>().Send(Box.Of(step, "w"));
                    },
                }.WithOut<Box>("out").With<Box>("in", (lab, box) =>
                {
                    open++;
                    var step = box.Step;
                    var outside = Task.Run(() =>
                    {
                        ready.Enqueue(step);
                        lab.Context.Wake();
                    });
                    Assert.NotNull(outside);
                }, _ => open == 0);
            })
            .Add("sink", 1, _ => Simple.Sink(_seen, _ => done++))
            .Connect("source.out", "worker.in")
            .Connect("worker.out", "sink.in");
        await RunAsync(graph);
        Assert.Equal(Simple.Expected("w", 5), _seen);
        Assert.Equal(5, done);
    }

    private Task RunAsync(FlowGraph graph, FlowOptions? options = null, CancellationToken cancel = default)
        => HostRuns.RunAsync(CreateHost(), graph, options, cancel);

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

    private async Task FailsAsync(FlowGraph graph, string where, string what)
    {
        var error = await Assert.ThrowsAsync<UserErrorException>(() => RunAsync(graph));
        Assert.Contains(where, error.Message, StringComparison.Ordinal);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
    }

    private sealed class CountingTap : IFlowTap
    {
        public ConcurrentDictionary<string, int> Counts { get; } = new();

        public int Deaf => Counts.GetValueOrDefault("deaf.out");

        public void Sent(StageAddress from, string outlet, int destination, Message message)
            => Counts.AddOrUpdate($"{from.Group}.{outlet}", 1, (_, count) => count + 1);
    }
}
