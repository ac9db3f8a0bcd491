// What every host does when a stage fails, leaks, is slow or stands still: a named error, no tensor left, never a hang.
using System.Collections.Concurrent;
using XClassFlow.Data;
using XClassFlow.Stages.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Tests.Flow;

[Collection(LiveTensors.Name)]
public abstract class FlowHostFaultTests
{
    private readonly ConcurrentQueue<string> _seen = new();

    /// <summary>Whether stages run at the same time, so that one may wait for another.</summary>
    protected abstract bool IsConcurrent { get; }

    /// <summary>Whether stages stand on several nodes, of which each tells about its own.</summary>
    protected virtual bool IsSpread => false;

    protected abstract IFlowHost CreateHost();

    [Theory]
    [InlineData("constructor")]
    [InlineData("start")]
    [InlineData("handler")]
    [InlineData("condition")]
    [InlineData("CanProduce")]
    [InlineData("produce")]
    [InlineData("IsFinished")]
    [InlineData("complete")]
    [InlineData("dispose")]
    public async Task AFaultNamesStageCallStepAndMicroBatchAndLeavesNoTensor(string where)
    {
        void Fail(string here)
        {
            if (here == where)
            {
                // A constructor makes no tensors; the calls after it may.
                throw new InvalidOperationException($"as the test wants, {(here == "constructor" ? 0 : ones(3).sum().item<float>())}");
            }
        }

        Lab Faulty()
        {
            Fail("constructor");
            return new Lab
            {
                OnStart = lab =>
                {
                    lab.Hold(ones(2));
                    Fail("start");
                },
                MayProduce = () =>
                {
                    FailIf("CanProduce");
                    return where == "produce";
                },
                OnProduce = _ => Fail("produce"),
                Finished = () =>
                {
                    FailIf("IsFinished");
                    return true;
                },
                OnComplete = _ => Fail("complete"),
                OnDispose = _ => FailIf("dispose"),
            }.WithOut<Box>("out").With<Box>(
                "in",
                (lab, box) =>
                {
                    lab.Hold(box.Values * 2);
                    if (box.Step == 7)
                    {
                        Fail("handler");
                    }

                    lab.To<Box>().Send(box);
                },
                box =>
                {
                    if (box.Step == 7 && box.Values.sum().item<float>() > 0)
                    {
                        FailIf("condition");
                    }

                    return true;
                });
        }

        void FailIf(string here)
        {
            if (here == where)
            {
                throw new InvalidOperationException("as the test wants");
            }
        }

        var graph = new FlowGraph()
            .Add("source", 1, _ => Simple.Source("s", 50, perCall: 3))
            .Add("before", 2, _ => Simple.Pass())
            .Add("faulty", 2, i => i == 1 ? Faulty() : Simple.Pass())
            .Add("after", 1, _ => Simple.Sink(_seen))
            .Connect("source.out", "before.in", LinkKind.Broadcast)
            .Connect("before.out", "faulty.in")
            .Connect("faulty.out", "after.in", LinkKind.Broadcast);
        var fault = await Assert.ThrowsAsync<StageException>(() => RunAsync(graph));
        Assert.Equal(new StageAddress("faulty", 1), fault.Stage);
        Assert.Contains("faulty[1]", fault.Message, StringComparison.Ordinal);
        Assert.Contains("as the test wants", fault.Message, StringComparison.Ordinal);
        Assert.Contains(where == "handler" ? "inlet 'in' (from before.out)" : where, fault.Activity, StringComparison.Ordinal);
        Assert.Equal(where is "handler" or "condition" ? 7 : null, fault.Step);
        Assert.Equal(where is "handler" or "condition" ? 0 : null, fault.MicroBatch);
    }

    [Fact]
    public async Task AWrongShapeIsNamedWithTheEdgeItCameFrom()
    {
        var graph = new FlowGraph()
            .Add("source", 1, _ => Simple.Source("s", 5))
            .Add("wrong", 1, _ => new Lab().WithOut<Box>("out").With<Box>("in", (lab, box) => lab.To<Box>().Send(box with { Values = box.Step == 3 ? ones(2, 2) : box.Values })))
            .Add("strict", 1, _ => new Lab().With<Box>("in", (_, box) => Shapes.Require(box.Values, "values", ScalarType.Float32, 4)))
            .Connect("source.out", "wrong.in")
            .Connect("wrong.out", "strict.in");
        var fault = await Assert.ThrowsAsync<StageException>(() => RunAsync(graph));
        Assert.Equal("strict", fault.Stage.Group);
        Assert.Equal(3, fault.Step);
        Assert.Contains("wrong.out", fault.Message, StringComparison.Ordinal);
        Assert.Contains("values is Float32 [2, 2], expected Float32 [4]", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(1000)]
    public async Task AStageThatKeepsEverythingIsNamed(int limit)
    {
        var kept = 0;
        var graph = new FlowGraph()
            .Add("source", 1, _ => Simple.Source("s", 5000))
            .Add("leak", 1, _ => new Lab().With<Box>("in", (lab, box) =>
            {
                lab.Hold(box.Values);
                kept++;
            }))
            .Connect("source.out", "leak.in");
        var fault = await Assert.ThrowsAsync<StageException>(() => RunAsync(graph, new FlowOptions { KeptTensors = limit }));
        Assert.Equal("leak", fault.Stage.Group);
        Assert.Contains($"kept-tensors = {limit:N0}", fault.Message, StringComparison.Ordinal);
        Assert.InRange(kept, limit, (limit * 9 / 8) + 1);
    }

    [Fact]
    public async Task WhatAStageDoesNotKeepIsFreedAfterTheCall()
    {
        var (most, start) = (0L, LiveTensors.Count());
        var graph = new FlowGraph()
            .Add("source", 1, _ => Simple.Source("s", 300))
            .Add("careless", 1, _ => Simple.Pass((_, box) =>
            {
                for (var i = 0; i < 20; i++)
                {
                    var left = box.Values + i;
                    Assert.False(left.IsInvalid);
                }

                most = Math.Max(most, LiveTensors.CountWithGarbage());
            }))
            .Add("sink", 1, _ => Simple.Sink(_seen))
            .Connect("source.out", "careless.in")
            .Connect("careless.out", "sink.in");
        await RunAsync(graph);
        Assert.InRange(most - start, 20, 80);
    }

    [Fact]
    public async Task ATensorHasOneOwner()
    {
        await FailsAsync((lab, box) => { lab.To<Box>().Send(box); lab.To<Box>().Send(box); }, "was sent before in this call");
        await FailsAsync((lab, box) => { box.Values.Dispose(); lab.To<Box>().Send(box); }, "Box.Values is disposed already");

        await FailsAsync(
            (lab, box) =>
            {
                var message = string.Empty;
                var thread = new Thread(() => message = Assert.Throws<InvalidOperationException>(() => lab.To<Box>().Send(box)).Message);
                thread.Start();
                thread.Join();
                throw new InvalidOperationException(message);
            },
            "only inside a call of the stage, on its thread");
    }

    [Fact]
    public async Task ATapThatFailsLeavesNoTensor()
    {
        var graph = new FlowGraph()
            .Add("source", 1, _ => Simple.Source("s", 5))
            .Add("sink", 2, _ => Simple.Sink(_seen))
            .Connect("source.out", "sink.in", LinkKind.Broadcast);
        var fault = await Assert.ThrowsAsync<StageException>(() => RunAsync(graph, new FlowOptions { Taps = [new FailingTap()] }));
        Assert.Contains("disk full", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OfTwoFaultsOneIsReportedAndNothingIsLeft()
    {
        using var both = new Barrier(IsConcurrent ? 2 : 1);
        var graph = new FlowGraph()
            .Add("source", 1, _ => Simple.Source("s", 50))
            .Add("faulty", 2, i => new Lab().With<Box>("in", (lab, box) =>
            {
                lab.Hold(ones(1));
                if (box.Step == 5)
                {
                    Assert.True(both.SignalAndWait(TimeSpan.FromSeconds(30)));
                    throw new InvalidOperationException($"fault {i}");
                }
            }))
            .Connect("source.out", "faulty.in", LinkKind.Broadcast);
        var fault = await Assert.ThrowsAsync<StageException>(() => RunAsync(graph));
        Assert.Equal("faulty", fault.Stage.Group);
        Assert.Equal(5, fault.Step);
        Assert.Contains($"fault {fault.Stage.Index}", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AUsersErrorInAStageStaysOne()
    {
        var graph = new FlowGraph()
            .Add("source", 1, _ => Simple.Source("s", 5))
            .Add("sink", 1, _ => new Lab().With<Box>("in", (_, _) => throw new UserErrorException("is damaged", "file.arrow", "use another")))
            .Connect("source.out", "sink.in");
        Assert.Equal("file.arrow", (await Assert.ThrowsAsync<UserErrorException>(() => RunAsync(graph))).Where);
    }

    [Fact]
    public async Task AGraphThatCannotGoOnSaysWhatWaits()
    {
        var graph = new FlowGraph()
            .Add("source", 1, _ => Simple.Source("s", 50))
            .Add("closed", 1, _ => new Lab().With<Box>("in", (_, _) => { }, box => box.Step < 3))
            .Connect("source.out", "closed.in", capacity: 2);
        var stall = await Assert.ThrowsAsync<FlowStalledException>(() => RunAsync(graph, new FlowOptions { StallTimeout = TimeSpan.FromMilliseconds(300) }));
        Assert.Contains(IsSpread ? "the graph stands still" : "closed[0]: idle; waiting messages [in 2]", stall.Message, StringComparison.Ordinal);
        Assert.Contains(IsSpread ? "nothing happened" : "no room at source.out -> closed.in", stall.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WorkOutsideThatNeverEndsIsAStall()
    {
        var graph = new FlowGraph()
            .Add("source", 1, _ => Simple.Source("s", 3))
            .Add("forever", 1, _ => new Lab { Finished = () => false, Outside = () => true }.With<Box>("in", (_, _) => { }))
            .Connect("source.out", "forever.in");
        var stall = await Assert.ThrowsAsync<FlowStalledException>(() => RunAsync(graph, new FlowOptions { StallTimeout = TimeSpan.FromMilliseconds(300) }));
        Assert.Contains(IsSpread ? "the graph stands still" : "forever[0]", stall.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CancellingStopsTheRunAndLeavesNothing()
    {
        using var cancel = new CancellationTokenSource();
        var graph = new FlowGraph()
            .Add("source", 1, _ => Simple.Source("s", int.MaxValue))
            .Add("pass", 1, _ => Simple.Pass())
            .Add("sink", 1, _ => Simple.Sink(_seen, box =>
            {
                if (box.Step == 5)
                {
                    cancel.Cancel();
                }
            }))
            .Connect("source.out", "pass.in")
            .Connect("pass.out", "sink.in");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(graph, cancel: cancel.Token));
    }

    private async Task FailsAsync(Action<Lab, Box> handle, string what)
    {
        var graph = new FlowGraph()
            .Add("source", 1, _ => Simple.Source("s", 3))
            .Add("faulty", 1, _ => new Lab().WithOut<Box>("out").With("in", handle))
            .Add("sink", 1, _ => Simple.Sink(_seen))
            .Connect("source.out", "faulty.in")
            .Connect("faulty.out", "sink.in");
        Assert.Contains(what, (await Assert.ThrowsAsync<StageException>(() => RunAsync(graph))).Message, StringComparison.Ordinal);
    }

    private Task RunAsync(FlowGraph graph, FlowOptions? options = null, CancellationToken cancel = default)
        => HostRuns.RunAsync(CreateHost(), graph, options, cancel);

    private sealed class FailingTap : IFlowTap
    {
        public void Sent(StageAddress from, string outlet, int destination, Message message)
        {
            if (message.Step == 3)
            {
                throw new IOException("disk full");
            }
        }
    }
}
