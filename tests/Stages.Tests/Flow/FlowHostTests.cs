// What every host does with a graph: order, credits, gates, feedback, completion, taps, work outside; exchanges and insertion in the other parts.
using System.Collections.Concurrent;
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Tests.Flow;

[Collection(LiveTensors.Name)]
public abstract partial class FlowHostTests
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

    private sealed class CountingTap : IFlowTap
    {
        public ConcurrentDictionary<string, int> Counts { get; } = new();

        public int Deaf => Counts.GetValueOrDefault("deaf.out");

        public void Sent(StageAddress from, string outlet, int destination, Message message)
            => Counts.AddOrUpdate($"{from.Group}.{outlet}", 1, (_, count) => count + 1);
    }
}
