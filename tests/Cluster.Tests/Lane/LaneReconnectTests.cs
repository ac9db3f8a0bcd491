// Connections that are cut, damaged or silent lose nothing, repeat nothing, and are noticed.
using FsCheck;
using FsCheck.Fluent;
using XClassFlow.Cluster.Lane;

namespace XClassFlow.Cluster.Tests.Lane;

public sealed class LaneReconnectTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Connections_cut_at_random_bytes_lose_and_repeat_nothing(bool lends)
    {
        var cuts = 0L;
        await Task.Run(() => Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), async seed =>
        {
            await using var nodes = LaneNodes.Listen(2, LaneNodes.Quick with { LendMemory = lends });
            await using var proxy = new TcpProxy(nodes.Endpoints[1].Address);
            await nodes.OpenLanesAsync(addressOf: (self, node) => self == 0 && node == 1 ? proxy.Address : null);
            var random = new Random(seed);
            var left = 40;
            proxy.CutAfter = () =>
            {
                lock (random)
                {
                    return left-- > 0 ? random.Next(100, lends ? 8_000 : 50_000) : null;
                }
            };
            proxy.CutAll();
            await ExchangeAsync(nodes, seed, parcels: 80);
            cuts += nodes.Lanes[0].Traffic.Reconnects;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(6)));
        Assert.True(cuts > 30, $"only {cuts} connections were cut");
    }

    [Fact]
    public async Task A_large_parcel_goes_on_where_it_was_cut()
    {
        await using var nodes = LaneNodes.Listen(2, LaneNodes.Quick with { LendMemory = false });
        await using var proxy = new TcpProxy(nodes.Endpoints[1].Address);
        await nodes.OpenLanesAsync(addressOf: (self, node) => self == 0 && node == 1 ? proxy.Address : null);

        // Less than the parcel on every connection: it would never arrive if it began anew.
        proxy.CutAfter = () => 1_000_000;
        proxy.CutAll();
        using var expected = new Parcel(new byte[] { 7 }, [RandomParcels.Filled(new Random(3), TorchSharp.torch.ScalarType.Float32, 1_000_000)]);
        nodes.Lanes[0].Send(1, 0, RandomParcels.Copy(expected));
        using var actual = await nodes.Logs[1].TakeAsync(0, 0, "a parcel of 4 MB in pieces of 1 MB");
        RandomParcels.AssertEqual(expected, actual, "the parcel");
        Assert.True(nodes.Lanes[0].Traffic.Reconnects >= 4, $"only {nodes.Lanes[0].Traffic.Reconnects} connections were cut");
    }

    [Fact]
    public async Task A_damaged_byte_costs_the_connection_and_no_parcel()
    {
        await using var nodes = LaneNodes.Listen(2, LaneNodes.Quick with { Connections = 1, LendMemory = false });
        await using var proxy = new TcpProxy(nodes.Endpoints[1].Address);
        await nodes.OpenLanesAsync(addressOf: (self, node) => self == 0 && node == 1 ? proxy.Address : null);
        var damaged = 0;
        proxy.Touch = (forward, passed, bytes) =>
        {
            if (forward && passed > 20_000 && bytes.Length > 100 && Interlocked.Increment(ref damaged) <= 3)
            {
                bytes.Span[bytes.Length / 2] ^= 4;
            }
        };
        await ExchangeAsync(nodes, seed: 5, parcels: 200);
        Assert.True(nodes.Lanes[0].Traffic.Reconnects >= 1, "no damage was noticed");
        Assert.Contains(nodes.Notes, n => n.Contains("checksum", StringComparison.Ordinal));
        Assert.Equal(0, nodes.Logs[0].BrokenCount + nodes.Logs[1].BrokenCount);
    }

    [Fact]
    public async Task A_peer_that_falls_silent_is_noticed_and_the_connection_made_again()
    {
        await using var nodes = LaneNodes.Listen(2, Impatient with { ReconnectTimeout = TimeSpan.FromSeconds(20) });
        await using var proxy = new TcpProxy(nodes.Endpoints[1].Address);
        await nodes.OpenLanesAsync(addressOf: (self, node) => self == 0 && node == 1 ? proxy.Address : null);
        proxy.FallSilent();
        var connections = proxy.Connections;
        nodes.Lanes[0].Send(1, 0, new Parcel(new byte[] { 1 }, []));
        nodes.Lanes[1].Send(0, 0, new Parcel(new byte[] { 2 }, []));
        await Waiting.Until(() => proxy.Connections > connections, () => $"silence should be noticed, {proxy.Connections} connections so far");
        proxy.Speak();
        using var there = await nodes.Logs[1].TakeAsync(0, 0, "after the silence");
        using var back = await nodes.Logs[0].TakeAsync(1, 0, "after the silence");
        Assert.Equal((1, 2), (there.Head.Span[0], back.Head.Span[0]));
        Assert.Contains(nodes.Notes, n => n.Contains("nothing came for", StringComparison.Ordinal) || n.Contains("closed the connection", StringComparison.Ordinal));
        Assert.Equal(0, nodes.Logs[0].BrokenCount + nodes.Logs[1].BrokenCount);
    }

    [Fact]
    public async Task A_peer_that_stays_silent_is_reported_on_both_sides()
    {
        await using var nodes = LaneNodes.Listen(2, Impatient with { ReconnectTimeout = TimeSpan.FromMilliseconds(500) });
        await using var proxy = new TcpProxy(nodes.Endpoints[1].Address);
        await nodes.OpenLanesAsync(addressOf: (self, node) => self == 0 && node == 1 ? proxy.Address : null);
        proxy.FallSilent();
        var (_, connecting) = await nodes.Logs[0].BrokenAsync("the connecting side");
        var (_, accepting) = await nodes.Logs[1].BrokenAsync("the accepting side");
        Assert.Contains("node 1", connecting.Message, StringComparison.Ordinal);
        Assert.Contains("node 0", accepting.Message, StringComparison.Ordinal);
        Assert.Contains("not reached within 0.5 s", connecting.Message, StringComparison.Ordinal);
        Assert.Equal((1, 1), (nodes.Logs[0].BrokenCount, nodes.Logs[1].BrokenCount));
    }

    [Fact]
    public async Task A_quiet_lane_stays_connected()
    {
        await using var nodes = await LaneNodes.OpenAsync(2, Impatient);
        var before = nodes.Lanes[0].Traffic.BytesReceived;
        await Waiting.Until(() => nodes.Lanes[0].Traffic.BytesReceived > before + 48 * 10, () => "signs of life should come");
        Assert.Equal(0, nodes.Lanes[0].Traffic.Reconnects);
    }

    [Fact]
    public async Task A_node_that_was_not_there_in_time_fails_the_opening()
    {
        await using var nodes = LaneNodes.Listen(2, LaneNodes.Quick with { ConnectTimeout = TimeSpan.FromMilliseconds(200) });
        var late = await Assert.ThrowsAsync<LaneException>(() => nodes.Endpoints[0].OpenAsync(nodes.Plan(0), new ParcelLog(), CancellationToken.None));
        Assert.Contains("not reached within 0.2 s: no lane is open here yet", late.Message, StringComparison.Ordinal);
        using var impatient = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => nodes.Endpoints[1].OpenAsync(nodes.Plan(1), new ParcelLog(), impatient.Token));
    }

    [Fact]
    public async Task A_peer_that_begins_anew_in_the_same_incarnation_is_lost()
    {
        await using var nodes = await LaneNodes.OpenAsync(2);
        using var log = nodes.Logs[0];
        var again = nodes.Endpoints[1].OpenAsync(nodes.Plan(1), new ParcelLog(), CancellationToken.None);
        var (node, cause) = await log.BrokenAsync("node 1 opened its lane again");
        Assert.Equal(1, node);
        Assert.Contains("anew within the incarnation", cause.Message, StringComparison.Ordinal);
        await nodes.Endpoints[1].DisposeAsync();
        await Assert.ThrowsAsync<LaneException>(() => again);
    }

    private static LaneSettings Impatient => LaneNodes.Quick with
    {
        KeepAlive = TimeSpan.FromMilliseconds(50), Silence = TimeSpan.FromMilliseconds(600), HandshakeTimeout = TimeSpan.FromMilliseconds(600),
    };

    /// <summary>Both nodes send to each other on three streams; everything must arrive once, in order, with equal bits.</summary>
    private static async Task ExchangeAsync(LaneNodes nodes, int seed, int parcels)
    {
        var random = new Random(seed);
        var sent = new List<(int From, int Stream, Parcel Copy)>();
        for (var i = 0; i < parcels; i++)
        {
            var parcel = RandomParcels.Make(random, largest: 25);
            sent.Add((random.Next(2), random.Next(3), RandomParcels.Copy(parcel)));
            nodes.Lanes[sent[^1].From].Send(1 - sent[^1].From, sent[^1].Stream, parcel);
        }

        foreach (var (from, stream, expected) in sent)
        {
            using (expected)
            {
                using var actual = await nodes.Logs[1 - from].TakeAsync(from, stream, $"seed {seed}; notes: {string.Join(" | ", nodes.Notes.TakeLast(5))}");
                RandomParcels.AssertEqual(expected, actual, $"seed {seed}, from {from}, stream {stream}");
            }
        }

        await Waiting.Until(() => nodes.Lanes.All(l => l.Traffic.PendingBytes == 0), () => $"seed {seed}: all should be acknowledged: {nodes.Lanes[0].Traffic}, {nodes.Lanes[1].Traffic}");
        Assert.Equal(parcels, nodes.Logs.Sum(l => l.Received));
    }
}
