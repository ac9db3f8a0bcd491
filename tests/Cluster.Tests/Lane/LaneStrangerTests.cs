// Strangers at the port are dropped, in one line, and the lane that runs goes on.
using System.Net.Sockets;
using XClassFlow.Cluster.Lane;
using XClassFlow.Cluster.Lane.Handshake;
using XClassFlow.Cluster.Security;

namespace XClassFlow.Cluster.Tests.Lane;

public sealed class LaneStrangerTests
{
    private static readonly SecuritySettings Secret = new("a secret that nobody else knows");

    private static Hello Valid => new(new byte[32], "run", 1, 2, 0, 1, 0, LaneNodes.Quick.Connections, 99, true);

    [Fact]
    public async Task Garbage_and_messages_of_wrong_size_are_dropped()
    {
        await using var nodes = await LaneNodes.OpenAsync(2, null, Secret);
        var address = nodes.Endpoints[1].Address;
        var hello = Valid.Encode();
        var oversized = hello.ToArray();
        BitConverter.TryWriteBytes(oversized.AsSpan(6), ushort.MaxValue);
        foreach (var (bytes, note) in new[]
        {
            ("GET / HTTP/1.1\r\nHost: here\r\n\r\n"u8.ToArray(), "does not speak"),
            (oversized, "announces a handshake message of 65535 bytes"),
            (hello[..^5], "closed the connection within the handshake"),
            (HandshakeMessage.Encode(HandshakeKind.Accept, w => w.Write(new byte[40])), "in place of Hello"),
            ([.. hello.AsSpan(0, 8), .. Enumerable.Repeat((byte)0xFF, hello.Length - 8)], "malformed"),
        })
        {
            var answer = await Stranger.SendAsync(address, bytes, half: true);
            Assert.Empty(answer);
            await Waiting.Until(() => nodes.Notes.Any(n => n.Contains(note, StringComparison.Ordinal)), () => $"a note should say '{note}': {string.Join(" | ", nodes.Notes)}");
        }

        await AssertWorksAsync(nodes);
    }

    [Fact]
    public async Task Another_version_and_another_place_are_refused_with_the_reason()
    {
        await using var nodes = await LaneNodes.OpenAsync(2);
        var future = Valid.Encode();
        future[4] = 9;
        Assert.Contains("version 9", System.Text.Encoding.UTF8.GetString(await Stranger.SendAsync(nodes.Endpoints[1].Address, future)), StringComparison.Ordinal);
        foreach (var (hello, reason) in new[]
        {
            (Valid with { Run = "another", Secured = false }, "takes part in another run"),
            (Valid with { Incarnation = 7, Secured = false }, "in incarnation 1, not 7"),
            (Valid with { Nodes = 3, Secured = false }, "node 1 of 2, not node 1 of 3"),
            (Valid with { To = 0, Secured = false }, "not node 0"),
            (Valid with { From = 1, Secured = false }, "for node 1"),
            (Valid with { From = -5, Secured = false }, "for node -5"),
            (Valid with { Slots = 9, Secured = false }, "the other 9"),
            (Valid with { Slot = -1, Secured = false }, "lane.connections"),
        })
        {
            var refused = await Assert.ThrowsAsync<RefusedException>(() => ShakeAsync(nodes.Endpoints[1].Address, hello, []));
            Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        }

        await AssertWorksAsync(nodes);
    }

    [Fact]
    public async Task Nodes_that_hang_up_when_the_lane_is_closed_are_not_noted()
    {
        await using var nodes = await LaneNodes.OpenAsync(2);
        await nodes.Lanes[1].DisposeAsync();
        var address = nodes.Endpoints[1].Address;
        await Stranger.SendAsync(address, Valid.Encode().AsMemory(0, 20), half: true);
        await Stranger.SendAsync(address, "GET / HTTP/1.1\r\n\r\n"u8.ToArray());
        var note = Assert.Single(nodes.Notes, n => n.Contains("dropped", StringComparison.Ordinal));
        Assert.Contains("does not speak", note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_recorded_handshake_does_not_work_a_second_time()
    {
        await using var nodes = LaneNodes.Listen(2, LaneNodes.Quick with { Connections = 1 }, Secret);
        await using var proxy = new TcpProxy(nodes.Endpoints[1].Address);
        var recorded = new MemoryStream();
        proxy.Touch = (forward, _, bytes) =>
        {
            if (forward)
            {
                recorded.Write(bytes.Span);
            }
        };
        await nodes.OpenLanesAsync(addressOf: (self, node) => self == 0 && node == 1 ? proxy.Address : null);
        await AssertWorksAsync(nodes);
        await Stranger.SendAsync(nodes.Endpoints[1].Address, recorded.ToArray());
        await Waiting.Until(() => nodes.Notes.Any(n => n.Contains("secrets differ", StringComparison.Ordinal)), () => "the replay should be refused");
        Assert.Equal(0, nodes.Lanes[1].Traffic.Reconnects);
        await AssertWorksAsync(nodes);
    }

    [Fact]
    public async Task Silent_and_slow_visitors_are_dropped_and_cannot_keep_others_out()
    {
        var settings = LaneNodes.Quick with { HandshakeTimeout = TimeSpan.FromMilliseconds(800), Limits = new LaneLimits { Handshakes = 4 } };
        await using var nodes = LaneNodes.Listen(2, settings, Secret);
        var endpoint = (TcpLaneEndpoint)nodes.Endpoints[1];
        var visitors = new List<Socket>();
        for (var i = 0; i < 12; i++)
        {
            visitors.Add(await Stranger.ConnectAsync(endpoint.Address));
            await visitors[^1].SendAsync(Valid.Encode().AsMemory(0, 3 + i));
        }

        // Twelve wait, four may: those who belong here get in all the same.
        await nodes.OpenLanesAsync();
        await AssertWorksAsync(nodes);
        Assert.InRange(endpoint.VisitorCount, 0, 4);
        await Waiting.Until(() => endpoint.VisitorCount == 0, () => $"silent visitors should be dropped, {endpoint.VisitorCount} are there");
        Assert.True(nodes.Notes.Count <= 11, $"{nodes.Notes.Count} lines about strangers");
        visitors.ForEach(v => v.Dispose());
    }

    [Fact]
    public async Task Who_knows_the_secret_and_breaks_the_protocol_is_lost_and_nothing_else()
    {
        await using var nodes = LaneNodes.Listen(3, LaneNodes.Quick with { Connections = 1 }, Secret);
        var opening = nodes.Endpoints.Skip(1).Select((e, i) =>
        {
            nodes.Logs.Add(new ParcelLog());
            return e.OpenAsync(nodes.Plan(i + 1), nodes.Logs[i], CancellationToken.None);
        }).ToArray();

        // An impostor in place of node 0: correct towards node 2, not towards node 1.
        var hello = Valid with { Nodes = 3, Slots = 1 };
        using var good = await ShakeAsync(nodes.Endpoints[2].Address, hello with { To = 2 }, Secret.Secret);
        using var bad = await ShakeAsync(nodes.Endpoints[1].Address, hello, Secret.Secret);
        await good.ResumeAsync();
        await bad.ResumeAsync();
        nodes.Lanes.AddRange(await Task.WhenAll(opening).InTime("two lanes and an impostor"));
        await bad.SendAsync(XClassFlow.Cluster.Lane.Wire.FrameType.Data, stream: 4, sequence: 2, offset: 3, new byte[10]);
        var (node, cause) = await nodes.Logs[0].BrokenAsync("node 0 broke the protocol");
        Assert.Equal(0, node);
        Assert.Contains("out of order", cause.Message, StringComparison.Ordinal);
        nodes.Lanes[0].Send(2, 0, new Parcel(new byte[] { 1 }, []));
        using var parcel = await nodes.Logs[1].TakeAsync(1, 0, "between the others");
        Assert.Equal(0, nodes.Logs[1].BrokenCount);
    }

    private static async Task<Impostor> ShakeAsync(string address, Hello hello, string secret) => await Impostor.ConnectAsync(address, hello, System.Text.Encoding.UTF8.GetBytes(secret));

    private static Task<Impostor> ShakeAsync(string address, Hello hello, byte[] secret) => Impostor.ConnectAsync(address, hello, secret);

    private static async Task AssertWorksAsync(LaneNodes nodes)
    {
        nodes.Lanes[0].Send(1, 0, new Parcel(new byte[] { 1 }, []));
        using var parcel = await nodes.Logs[1].TakeAsync(0, 0, "the lane should go on");
        Assert.Equal(0, nodes.Logs.Sum(l => l.BrokenCount));
    }
}
