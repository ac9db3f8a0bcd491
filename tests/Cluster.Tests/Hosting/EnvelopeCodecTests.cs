// What another node may send in place of a message.
using System.Text;
using XClassFlow.Cluster.Hosting;
using XClassFlow.Cluster.Lane;
using XClassFlow.Cluster.Tests.Lane;
using XClassFlow.Cluster.Tests.Nodes;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Tests.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Cluster.Tests.Hosting;

[Collection(LiveTensors.Name)]
public sealed class EnvelopeCodecTests
{
    [Fact]
    public async Task Two_tensors_of_one_name_are_the_peers_fault_and_nothing_of_them_stays()
    {
        var graph = new FlowGraph()
            .Add("a", 1, _ => new Lab().WithOut<Pair>("out"))
            .Add("b", 1, _ => new Lab().With<Pair>("in", (_, _) => { }))
            .Connect("a.out", "b.in");
        var before = LiveTensors.Count();
        var endpoints = InProcessTraining.InProcessEndpoints(2);
        string[] addresses = [.. endpoints.Select(e => e.Address)];
        using (var parts = new LaneParts(0, address => address.Group == "a" ? 1 : 0, null))
        using (var peer = new ParcelLog())
        {
            var opening = endpoints[0].OpenAsync(new LanePlan("run", 1, 0, addresses), parts, default);
            await using var forger = await endpoints[1].OpenAsync(new LanePlan("run", 1, 1, addresses), peer, default);
            await using var lane = await opening;
            parts.Use(lane);
            forger.Send(0, 1, Forged(graph));
            var host = new ActorHost(parts);
            var e = await Assert.ThrowsAsync<LaneException>(() => host.RunAsync(graph, new FlowOptions(), TestContext.Current.CancellationToken).InTime("the run"));
            Assert.Equal("a message on a.out -> b.in has two tensors 'First_'", e.Message);
            await host.Quiet;
        }

        foreach (var endpoint in endpoints)
        {
            await endpoint.DisposeAsync();
        }

        Assert.Equal(before, LiveTensors.CountWithGarbage());
    }

    // Both are shortened: whoever reads them makes others in their place.
    private static Parcel Forged(FlowGraph graph)
    {
        var message = new Pair(0, 0, ones(4), zeros(4));
        var parcel = EnvelopeCodec.Encode(new Envelope(graph.Links[0], 0, 0, -1, message), tensor => WirePrecision.Bfloat16.ToWire(tensor));
        var head = parcel.Head.ToArray();
        foreach (var name in new[] { "First1", "Second" })
        {
            "First_"u8.CopyTo(head.AsSpan(head.AsSpan().IndexOf(Encoding.UTF8.GetBytes(name))));
        }

        return new Parcel(head, parcel.Tensors);
    }

    internal sealed record Pair(long Step, int MicroBatch, [Compressible] Tensor First1, [Compressible] Tensor Second) : Message(Step, MicroBatch);
}
