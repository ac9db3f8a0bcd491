// Whether gradients leave during the backward pass is a setting; what leaves is not.
using XClassFlow.Data.DataSets;
using XClassFlow.Stages.Backbones;
using XClassFlow.Stages.Backbones.Layers;
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

    /// <summary>The verdict waits for no sum; the next step goes forward as far as segments are updated, and gives the bits of one that has waited for all.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_next_step_goes_forward_segment_by_segment(bool overlap)
    {
        using var scope = NewDisposeScope();
        Backbone? backbone = null;
        using var driver = new StageDriver(() => Stage(b => backbone = b, overlap), address: new StageAddress("backbone", 0), instances: 2, senders: 2);
        driver.Start();
        Forward(driver, 0, guarded: true);
        Backward(driver, 0);
        var gradients = driver.Take().Where(m => m.Outlet == "segment_gradients").Select(m => (SegmentGradient)m.Message).ToArray();
        Assert.All(gradients, g => Assert.True(g.Guarded));

        // Reduced, but not decided: nothing changes.
        var before = backbone!.Segments[2].Parameters[0].clone();
        Reduced(driver, gradients[0]);
        TestTensors.SameBits(before, backbone.Segments[2].Parameters[0]);
        Check(driver, 0, 0, sound: true);
        Assert.Empty(driver.Sent);
        Check(driver, 0, 1, sound: true);
        Assert.True(Assert.IsType<StepVerdict>(Assert.Single(driver.Take()).Message).Applied);
        Assert.False(before.eq(backbone.Segments[2].Parameters[0]).all().item<bool>());

        // Segments 2 and 0 are there; the forward pass stands before segment 1, or waits.
        Reduced(driver, gradients[2]);
        Forward(driver, 1, guarded: true);
        Assert.Equal(overlap ? 0 : 1, driver.Waiting("inputs"));
        Assert.Empty(driver.Sent);
        Reduced(driver, gradients[1]);
        Assert.Equal(["reports", "embeddings"], driver.Sent.Select(s => s.Outlet));
        Assert.Equal(0, driver.Waiting("inputs"));
        using var expected = backbone.Forward(TestTensors.Normal(1, 4, 6));
        TestTensors.SameBits(expected, ((EmbeddingPart)driver.Sent[1].Message).Embeddings);
    }

    [Fact]
    public void A_step_that_one_rank_forbids_changes_nothing_and_the_next_waits_for_its_end()
    {
        using var scope = NewDisposeScope();
        Backbone? backbone = null;
        using var driver = new StageDriver(() => Stage(b => backbone = b, overlap: true), address: new StageAddress("backbone", 0), instances: 2, senders: 2);
        driver.Start();
        Forward(driver, 0, guarded: true);
        Backward(driver, 0);
        var gradients = driver.Take().Where(m => m.Outlet == "segment_gradients").Select(m => (SegmentGradient)m.Message).ToArray();
        var before = backbone!.Segments.SelectMany(s => s.Parameters).Select(p => p.clone()).ToArray();
        Check(driver, 0, 0, sound: true);
        Check(driver, 0, 1, sound: false);
        Assert.False(Assert.IsType<StepVerdict>(Assert.Single(driver.Take()).Message).Applied);
        Forward(driver, 1, guarded: true);
        Reduced(driver, gradients[0]);
        Reduced(driver, gradients[1]);
        Assert.Empty(driver.Sent);
        Reduced(driver, gradients[2]);
        Assert.Equal(["reports", "embeddings"], driver.Sent.Select(s => s.Outlet));
        Assert.False(((BackboneReport)driver.Sent[0].Message).Applied);
        Assert.All(before.Zip(backbone.Segments.SelectMany(s => s.Parameters)), p => TestTensors.SameBits(p.First, p.Second));
    }

    /// <summary>What an evaluation sees has nothing of a step after it.</summary>
    [Fact]
    public void After_a_step_that_an_evaluation_follows_nothing_goes_forward_early()
    {
        using var scope = NewDisposeScope();
        using var driver = new StageDriver(() => Stage(_ => { }, overlap: true), address: new StageAddress("backbone", 0), instances: 2, senders: 2);
        driver.Start();
        Forward(driver, 0, guarded: true, sync: true);
        Backward(driver, 0);
        var gradients = driver.Take().Where(m => m.Outlet == "segment_gradients").Select(m => (SegmentGradient)m.Message).ToArray();
        Check(driver, 0, 0, sound: true);
        Check(driver, 0, 1, sound: true);
        Reduced(driver, gradients[2]);
        Forward(driver, 1, guarded: true);
        Assert.Equal(1, driver.Waiting("inputs"));
        Reduced(driver, gradients[1]);
        Reduced(driver, gradients[0]);
        Assert.Equal(0, driver.Waiting("inputs"));
    }

    private static BackboneStage Stage(Action<Backbone> made, bool overlap) => new(
        seed =>
        {
            var backbone = BackboneFactory.Create("mlp", new MlpBackbone.Settings { Width = 4, Hidden = [8, 8], Norm = NormKind.None, EmbeddingNorm = NormKind.None }, SampleShape.Features(6), seed);
            made(backbone);
            return backbone;
        },
        b => new BackboneSgd(new BackboneSgd.Settings(), b.Segments),
        0,
        2,
        () => null,
        overlap: overlap);

    private static void Forward(StageDriver driver, long step, bool guarded, bool sync = false)
    {
        var plan = new StepPlan(step, StepPhase.Train, 0, 8, 1, 0.1, 0.1, 0, Checkpoint: false, SyncStatistics: sync, Guarded: guarded);
        driver.Send("inputs", new InputBatch(step, 0, plan, TestTensors.Normal(1, 4, 6), zeros(4, ScalarType.Int64)));
        driver.Run();
    }

    private static void Backward(StageDriver driver, long step)
    {
        for (var shard = 0; shard < driver.Senders; shard++)
        {
            driver.Send("embedding_gradients", new EmbeddingGradient(step, 0, ones(4, 4)), shard);
        }

        driver.Run();
    }

    private static void Reduced(StageDriver driver, SegmentGradient gradient)
    {
        driver.Send("reduced", gradient);
        driver.Run();
    }

    private static void Check(StageDriver driver, long step, int from, bool sound)
    {
        driver.Send("checks", new GradientCheck(step, 0, sound), from);
        driver.Run();
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
