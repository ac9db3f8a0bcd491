// Every stage an actor with its own thread, or all on one thread: the same numbers, bit by bit.
using XClassFlow.Cluster.Hosting;
using XClassFlow.Stages.Selection;
using XClassFlow.Stages.Tests.Graph;
using XClassFlow.Stages.Torch;

namespace XClassFlow.Cluster.Tests.Hosting;

public sealed class HostEqualityTests
{
    static HostEqualityTests()
    {
        LibTorch.EnsureLoaded();
        TorchSharp.torch.set_num_threads(1);
    }

    [Theory]
    [InlineData(SelectionMode.All, 1, 1)]
    [InlineData(SelectionMode.Mix, 3, 2)]
    public async Task InlineAndActorsGiveBitIdenticalLosses(SelectionMode mode, int shards, int replicas)
    {
        TinyRun Run() => new()
        {
            Shards = shards,
            Replicas = replicas,
            MicroBatches = 2,
            Updates = 50,
            HeldOutSamples = 100,
            Active = new ActiveClassesSettings(mode, mode == SelectionMode.All ? 0 : 80, Neighbours: 6, RebuildEvery: 16),
        };
        var inline = await Run().RunInlineAsync();
        var actors = await Run().RunAsync(new ActorHost());
        Assert.Equal(50, inline.Losses.Count);
        Assert.Equal(inline.Losses, actors.Losses);
        Assert.Equal(inline.Evaluation, actors.Evaluation);
    }
}
