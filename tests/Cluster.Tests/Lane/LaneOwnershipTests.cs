// Every tensor that the lane takes over is disposed exactly once, however it ends.
using XClassFlow.Cluster.Lane;
using XClassFlow.Stages.Tests.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Cluster.Tests.Lane;

[Collection(LiveTensors.Name)]
public sealed class LaneOwnershipTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_acknowledged_is_free_at_the_sender_and_the_receivers_at_the_receiver(bool tcp)
    {
        var before = LiveTensors.Count();
        await using var nodes = tcp ? await LaneNodes.OpenAsync(2) : await LaneNodes.OpenInProcessAsync(2);
        var random = new Random(1);
        for (var i = 0; i < 100; i++)
        {
            nodes.Lanes[0].Send(1, i % 3, new Parcel(new byte[3], [RandomParcels.Filled(random, ScalarType.Float32, 1 + random.Next(20_000))]));
        }

        await Waiting.Until(() => nodes.Lanes[0].Traffic is { PendingBytes: 0, ParcelsSent: 100 }, () => $"all should be acknowledged: {nodes.Lanes[0].Traffic}");
        Assert.Equal(before + 100, LiveTensors.CountWithGarbage());
        nodes.Logs[1].Dispose();
        Assert.Equal(before, LiveTensors.CountWithGarbage());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Closing_in_the_middle_frees_everything(bool tcp)
    {
        var before = LiveTensors.Count();
        var random = new Random(2);
        for (var round = 0; round < 5; round++)
        {
            await using var nodes = tcp ? await LaneNodes.OpenAsync(2) : await LaneNodes.OpenInProcessAsync(2);
            for (var i = 0; i < 60; i++)
            {
                nodes.Lanes[i % 2].Send(1 - i % 2, i % 3, new Parcel(new byte[3], [zeros(300_000).DetachFromDisposeScope(), zeros(5).DetachFromDisposeScope()]));
            }

            using var one = await nodes.Logs[1].TakeAsync(0, 0, "the first of many");
            await nodes.Lanes[random.Next(2)].DisposeAsync();
        }

        Assert.Equal(before, LiveTensors.CountWithGarbage());
    }

    [Fact]
    public async Task Cut_connections_and_lost_peers_free_everything()
    {
        var before = LiveTensors.Count();
        await using (var nodes = LaneNodes.Listen(2, LaneNodes.Quick with { ReconnectTimeout = TimeSpan.FromMilliseconds(400) }))
        {
            await using var proxy = new TcpProxy(nodes.Endpoints[1].Address);
            await nodes.OpenLanesAsync(addressOf: (self, node) => self == 0 && node == 1 ? proxy.Address : null);
            var random = new Random(3);
            proxy.CutAfter = () => random.Next(1000, 400_000);
            proxy.CutAll();
            for (var i = 0; i < 60; i++)
            {
                nodes.Lanes[i % 2].Send(1 - i % 2, i % 3, new Parcel(new byte[3], [zeros(30_000).DetachFromDisposeScope()]));
            }

            using var some = await nodes.Logs[1].TakeAsync(0, 0, "the first of many");
            await proxy.DisposeAsync();
            await nodes.Logs[0].BrokenAsync("no way to node 1");
            await nodes.Logs[1].BrokenAsync("no way from node 0");
            nodes.Lanes[0].Send(1, 0, new Parcel(new byte[3], [zeros(3).DetachFromDisposeScope()]));
        }

        Assert.Equal(before, LiveTensors.CountWithGarbage());
    }
}
