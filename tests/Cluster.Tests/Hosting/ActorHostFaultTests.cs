// Faults under the host of actors, where a stage may also never come back.
using XClassFlow.Cluster.Hosting;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Tests.Flow;

namespace XClassFlow.Cluster.Tests.Hosting;

public sealed class ActorHostFaultTests : FlowHostFaultTests
{
    protected override bool IsConcurrent => true;

    [Fact]
    public async Task AStuckStageEndsTheRunAndIsNamed()
    {
        var before = LiveTensors.Count();
        using var release = new ManualResetEventSlim();
        var disposed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var notes = new List<string>();
        var graph = new FlowGraph()
            .Add("source", 1, _ => Simple.Source("s", 50))
            .Add("stuck", 1, _ => new Lab { OnDispose = _ => disposed.TrySetResult() }.With<Box>("in", (lab, box) =>
            {
                lab.Hold(box.Values);
                release.Wait();
            }))
            .Connect("source.out", "stuck.in");
        var options = new FlowOptions { StallTimeout = TimeSpan.FromMilliseconds(300), Note = notes.Add };
        var stall = await Assert.ThrowsAsync<FlowStalledException>(() => CreateHost().RunAsync(graph, options, default).WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Contains("stuck[0]: in in; waiting messages [in 0]", stall.Message, StringComparison.Ordinal);
        Assert.Contains(notes, n => n.Contains("did not stop: stuck[0]", StringComparison.Ordinal));

        // When it comes back after all, its memory is freed.
        release.Set();
        await disposed.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.True(SpinWait.SpinUntil(() => LiveTensors.CountWithGarbage() <= before, TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task NothingRunsBeforeItHasStarted()
    {
        var (started, early) = (0, 0);
        var graph = new FlowGraph()
            .Add("first", 1, _ => new Lab { OnStart = lab => lab.To<Box>().Send(Box.Of(0)) }.WithOut<Box>("out"))
            .Add("late", 20, i => new Lab { OnStart = _ => Interlocked.Increment(ref started) }
                .With<Box>("in", (_, _) => early += Volatile.Read(ref started) == 0 ? 1 : 0))
            .Connect("first.out", "late.in", LinkKind.Broadcast);
        await CreateHost().RunAsync(graph, new FlowOptions(), default);
        Assert.Equal((20, 0), (started, early));
    }

    [Theory]
    [InlineData("my stage")]
    [InlineData("größe/2")]
    [InlineData("$x")]
    public async Task AnInsertedStageMayHaveAnyName(string name)
    {
        var seen = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var graph = new FlowGraph()
            .Add("source", 1, _ => Simple.Source("s", 3))
            .Add("sink", 1, _ => Simple.Sink(seen))
            .Connect("source.out", "sink.in")
            .Insert(name, "source.out", _ => Simple.Pass(), "stages");
        await CreateHost().RunAsync(graph, new FlowOptions(), default);
        Assert.Equal(Simple.Expected("s", 3), seen);
    }

    protected override IFlowHost CreateHost() => new ActorHost();
}
