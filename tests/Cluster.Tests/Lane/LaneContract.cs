// What holds for every implementation of the lane.
using FsCheck;
using FsCheck.Fluent;
using XClassFlow.Cluster.Lane;
using static TorchSharp.torch;

namespace XClassFlow.Cluster.Tests.Lane;

public abstract class LaneContract
{
    private protected abstract Task<LaneNodes> OpenAsync(int count, LaneSettings? settings = null);

    [Fact]
    public async Task Parcels_of_all_types_and_shapes_arrive_with_equal_bits()
    {
        await using var nodes = await OpenAsync(2);
        var random = new Random(1);
        using var expected = new Parcel(new byte[] { 1, 2, 3 }, [.. RandomParcels.Types.SelectMany(t => new[]
        {
            RandomParcels.Filled(random, t, 3, 1000, 7), RandomParcels.Filled(random, t), RandomParcels.Filled(random, t, 0, 5), RandomParcels.Filled(random, t, 1, 1, 1, 1, 1, 1),
        })]);
        nodes.Lanes[0].Send(1, 3, RandomParcels.Copy(expected));
        using var actual = await nodes.Logs[1].TakeAsync(0, 3);
        RandomParcels.AssertEqual(expected, actual, "the parcel");
        nodes.Lanes[1].Send(0, 3, RandomParcels.Copy(actual));
        using var back = await nodes.Logs[0].TakeAsync(1, 3);
        RandomParcels.AssertEqual(expected, back, "its way back");
    }

    [Fact]
    public async Task An_empty_parcel_arrives()
    {
        await using var nodes = await OpenAsync(2);
        nodes.Lanes[1].Send(0, 0, new Parcel(ReadOnlyMemory<byte>.Empty, []));
        using var actual = await nodes.Logs[0].TakeAsync(1, 0);
        Assert.Equal(0, actual.ByteLength);
    }

    [Fact]
    public async Task Random_parcels_of_many_streams_arrive_exactly_once_and_in_order()
    {
        await using var nodes = await OpenAsync(3);
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed => SendAndCheckAsync(nodes, seed)).Check(Config.QuickThrowOnFailure.WithMaxTest(15));
        await Waiting.Until(() => nodes.Lanes.All(l => l.Traffic.PendingBytes == 0), () => $"all parcels should be acknowledged: {string.Join(" | ", nodes.Lanes.Select(l => l.Traffic))}");
        Assert.Equal(nodes.Lanes.Sum(l => l.Traffic.ParcelsSent), nodes.Lanes.Sum(l => l.Traffic.ParcelsReceived));
    }

    [Fact]
    public async Task A_parcel_that_cannot_cross_is_refused_and_disposed()
    {
        await using var nodes = await OpenAsync(2);
        var wide = zeros(4, 4).DetachFromDisposeScope();
        using var transposed = wide.t();
        Assert.Throws<ArgumentException>(() => nodes.Lanes[0].Send(1, 0, new Parcel(ReadOnlyMemory<byte>.Empty, [transposed])));
        Assert.True(transposed.IsInvalid);
        Assert.Throws<ArgumentException>(() => nodes.Lanes[0].Send(0, 0, new Parcel(ReadOnlyMemory<byte>.Empty, [wide])));
        Assert.True(wide.IsInvalid);
        var complex = zeros(2, dtype: ScalarType.ComplexFloat32).DetachFromDisposeScope();
        Assert.Throws<ArgumentException>(() => nodes.Lanes[0].Send(1, 0, new Parcel(ReadOnlyMemory<byte>.Empty, [complex])));
        Assert.True(complex.IsInvalid);
    }

    [Fact]
    public async Task A_node_that_leaves_is_reported_once_after_the_timeout()
    {
        await using var nodes = await OpenAsync(2, LaneNodes.Quick with { ReconnectTimeout = TimeSpan.FromMilliseconds(300) });
        await nodes.Lanes[1].DisposeAsync();
        var (node, cause) = await nodes.Logs[0].BrokenAsync("node 1 closed its lane");
        Assert.Equal(1, node);
        Assert.Contains("not reached within 0.3 s", cause.Message, StringComparison.Ordinal);
        var late = ones(3).DetachFromDisposeScope();
        nodes.Lanes[0].Send(1, 0, new Parcel(ReadOnlyMemory<byte>.Empty, [late]));
        Assert.True(late.IsInvalid);
        Assert.Equal(1, nodes.Logs[0].BrokenCount);
    }

    [Fact]
    public async Task Too_much_that_waits_breaks_the_lane_with_a_reason()
    {
        var limits = new LaneLimits { Parcel = new(1 << 20), Pending = new(1 << 20) };
        await using var nodes = await OpenAsync(2, LaneNodes.Quick with { Limits = limits });
        var reserve = new List<Tensor>();
        for (var i = 0; i < 400 && nodes.Logs[0].BrokenCount == 0; i++)
        {
            reserve.Add(zeros(200_000).DetachFromDisposeScope());
            nodes.Lanes[0].Send(1, i, new Parcel(ReadOnlyMemory<byte>.Empty, [reserve[^1]]));
        }

        var (node, cause) = await nodes.Logs[0].BrokenAsync("sending faster than anything receives");
        Assert.Equal(1, node);
        Assert.Contains("wait for node 1", cause.Message, StringComparison.Ordinal);
        Assert.All(reserve, t => Assert.True(t.IsInvalid));
    }

    [Fact]
    public async Task An_older_incarnation_is_refused_and_a_newer_one_replaces_it()
    {
        await using var nodes = await OpenAsync(2);
        var first = nodes.Lanes.ToArray();
        using var logs = nodes.Logs[0];
        using var other = nodes.Logs[1];
        await nodes.OpenLanesAsync(incarnation: 2);
        nodes.Lanes[0].Send(1, 0, new Parcel(new byte[] { 2 }, []));
        using var parcel = await nodes.Logs[1].TakeAsync(0, 0);
        Assert.Equal(2, parcel.Head.Span[0]);

        // The lanes of the first are closed: nothing arrives from them any more.
        first[0].Send(1, 0, new Parcel(new byte[] { 1 }, []));
        var stale = await Assert.ThrowsAsync<LaneException>(() => nodes.Endpoints[0].OpenAsync(nodes.Plan(0), nodes.Logs[0], CancellationToken.None));
        Assert.Contains("incarnation 2, not 1", stale.Message, StringComparison.Ordinal);
        Assert.True(nodes.Logs[1].IsEmpty(0, 0));
    }

    private static async Task SendAndCheckAsync(LaneNodes nodes, int seed)
    {
        var random = new Random(seed);
        var sent = new Dictionary<(int From, int To, int Stream), Queue<Parcel>>();
        for (var i = 0; i < 60; i++)
        {
            var from = random.Next(nodes.Lanes.Count);
            var to = (from + 1 + random.Next(nodes.Lanes.Count - 1)) % nodes.Lanes.Count;
            var stream = random.Next(5);
            var parcel = RandomParcels.Make(random);
            if (!sent.TryGetValue((from, to, stream), out var queue))
            {
                sent.Add((from, to, stream), queue = new Queue<Parcel>());
            }

            queue.Enqueue(RandomParcels.Copy(parcel));
            nodes.Lanes[from].Send(to, stream, parcel);
        }

        foreach (var ((from, to, stream), parcels) in sent)
        {
            var number = 0;
            foreach (var expected in parcels)
            {
                using (expected)
                {
                    using var actual = await nodes.Logs[to].TakeAsync(from, stream, $"seed {seed}");
                    RandomParcels.AssertEqual(expected, actual, $"seed {seed}, node {from} to {to}, stream {stream}, parcel {number++}");
                }
            }

            Assert.True(nodes.Logs[to].IsEmpty(from, stream), $"seed {seed}: more came than was sent");
        }
    }
}
