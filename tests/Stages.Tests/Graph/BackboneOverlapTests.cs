// Whether gradients leave during the backward pass is a setting; what leaves is not.
using XClassFlow.Data.DataSets;
using XClassFlow.Stages.Backbones;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Optimizers;
using XClassFlow.Stages.Tests.Torch;
using XClassFlow.Stages.Training;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Tests.Graph;

[Collection(AloneTests.Name)]
public sealed class BackboneOverlapTests
{
    [Fact]
    public void Gradients_leave_before_earlier_segments_have_run_backward_or_when_all_have()
    {
        using var scope = NewDisposeScope();
        var (during, after) = (Run(overlap: true), Run(overlap: false));
        Assert.Equal([2, 1, 0], during.Select(g => g.Segment));
        Assert.Equal([2, 1, 0], after.Select(g => g.Segment));
        Assert.Equal([false, false, true], during.Select(g => g.AllDone));
        Assert.Equal([true, true, true], after.Select(g => g.AllDone));
        foreach (var (first, second) in during.Zip(after))
        {
            TestTensors.SameBits(first.Gradient, second.Gradient);
            first.Gradient.Dispose();
            second.Gradient.Dispose();
        }
    }

    // What was sent, in order, and whether the first segment had run backward by then: what the first micro-batch left in its parameters is taken with that.
    private static List<(int Segment, bool AllDone, Tensor Gradient)> Run(bool overlap)
    {
        Backbone? backbone = null;
        var sent = new List<(int, bool, Tensor)>();
        var tap = new SentTap(message =>
        {
            if (message is SegmentGradient gradient)
            {
                sent.Add((gradient.MicroBatch, backbone!.Segments[0].Parameters[0].grad is null, gradient.Gradient.clone().DetachFromDisposeScope()));
            }
        });
        using var driver = new StageDriver(
            () => new BackboneStage(
                seed => backbone = BackboneFactory.Create("mlp", new MlpBackbone.Settings { Width = 4, Hidden = [8, 8] }, SampleShape.Features(6), seed),
                b => new BackboneSgd(new BackboneSgd.Settings(), b.Segments),
                0,
                2,
                () => null,
                overlap: overlap),
            new FlowOptions { Taps = [tap] });
        driver.Start();
        var plan = new StepPlan(0, StepPhase.Train, 0, 8, 2, 0.1, 0.1, 0, Checkpoint: false, SyncStatistics: false);
        for (var microBatch = 0; microBatch < 2; microBatch++)
        {
            driver.Send("inputs", new InputBatch(0, microBatch, plan, TestTensors.Normal(1, 4, 6), zeros(4, ScalarType.Int64)));
            driver.Run();
        }

        for (var microBatch = 0; microBatch < 2; microBatch++)
        {
            driver.Send("embedding_gradients", new EmbeddingGradient(0, microBatch, ones(4, 4)));
            driver.Run();
        }

        return sent;
    }

    private sealed class SentTap(Action<Message> sent) : IFlowTap
    {
        public void Sent(StageAddress from, string outlet, int destination, Message message) => sent(message);
    }
}
