// Malformed handshakes and frames, many of them: nothing is accepted, nothing grows, and the lane goes on. XCLASSFLOW_SOAK=1 sends a million of each.
using System.Diagnostics;
using System.Net.Sockets;
using XClassFlow.Cluster.Lane;
using XClassFlow.Cluster.Lane.Handshake;
using XClassFlow.Cluster.Lane.Tcp;
using XClassFlow.Cluster.Lane.Wire;
using XClassFlow.Cluster.Security;
using XClassFlow.Stages.Tests.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Cluster.Tests.Lane;

[Collection(LiveTensors.Name)]
public sealed class LaneFuzzTests
{
    private const long GrowthAllowed = 200L << 20;
    private static readonly LentMemory Lent = new(2);
    private static readonly SecuritySettings Secret = new("a secret that nobody else knows");

    [Fact]
    public async Task Malformed_handshakes_at_a_live_endpoint()
    {
        var count = Soak.Count(3000);
        await using var nodes = await LaneNodes.OpenAsync(2, LaneNodes.Quick with { HandshakeTimeout = TimeSpan.FromSeconds(2) }, Secret);
        var before = Process.GetCurrentProcess().WorkingSet64;
        var left = count;
        var accepted = 0;
        var attackers = Enumerable.Range(0, 4).Select(seed => Task.Run(async () =>
        {
            var random = new Random(seed);
            while (Interlocked.Decrement(ref left) >= 0)
            {
                accepted += await AttackAsync(nodes.Endpoints[1].Address, random) ? 1 : 0;
            }
        })).ToArray();
        var exchanged = 0;
        var attack = Task.WhenAll(attackers);
        while (!attack.IsCompleted)
        {
            nodes.Lanes[0].Send(1, 0, new Parcel(new byte[] { 1 }, []));
            using var parcel = await nodes.Logs[1].TakeAsync(0, 0, $"the lane beside {count - left} malformed handshakes");
            exchanged++;
        }

        await attack;
        Assert.Equal(0, accepted);
        Assert.True(exchanged > 10, $"the lane only carried {exchanged} parcels meanwhile");
        Assert.Equal(0, nodes.Lanes.Sum(l => l.Traffic.Reconnects) + nodes.Logs.Sum(l => l.BrokenCount));
        await Waiting.Until(() => ((TcpLaneEndpoint)nodes.Endpoints[1]).VisitorCount == 0, () => "all strangers should be gone");
        Assert.InRange(Process.GetCurrentProcess().WorkingSet64 - before, long.MinValue, GrowthAllowed);
    }

    [Fact]
    public async Task Malformed_frames_of_somebody_who_knows_the_key()
    {
        var count = Soak.Count(5000);
        var random = new Random(7);
        var tensors = LiveTensors.Count();
        var before = Process.GetCurrentProcess().WorkingSet64;
        for (var i = 0; i < count; i++)
        {
            await SendMalformedAsync(random, i);
        }

        Assert.Equal(tensors, LiveTensors.Count());
        Assert.InRange(Process.GetCurrentProcess().WorkingSet64 - before, long.MinValue, GrowthAllowed);
    }

    // True when the endpoint accepted it.
    private static async Task<bool> AttackAsync(string address, Random random)
    {
        var hello = new Hello(new byte[32], "run", 1, 2, 0, 1, random.Next(2), LaneNodes.Quick.Connections, (ulong)random.NextInt64(), true).Encode();
        var bytes = random.Next(5) switch
        {
            0 => RandomBytes(random, random.Next(1, 300)),
            1 => [.. hello.AsSpan(0, 8), .. RandomBytes(random, BitConverter.ToUInt16(hello, 6))],
            2 => hello[..random.Next(hello.Length)],
            3 => [.. hello, .. HandshakeMessage.Encode(HandshakeKind.Proof, w => w.Write(RandomBytes(random, 32))), .. RandomBytes(random, random.Next(200))],
            _ => Damaged(hello, random),
        };
        try
        {
            using var socket = await Stranger.ConnectAsync(address);
            await socket.SendAsync(bytes);
            socket.Shutdown(SocketShutdown.Send);
            var answer = new byte[2048];
            var length = 0;
            while (length < answer.Length && await socket.ReceiveAsync(answer.AsMemory(length)).AsTask().InTime("a malformed handshake should be dropped") is var n and > 0)
            {
                length += n;
            }

            // A challenge is no secret; an acceptance would be one.
            return AcceptedIn(answer.AsSpan(0, length));
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static bool AcceptedIn(ReadOnlySpan<byte> answer)
    {
        while (answer.Length >= 8)
        {
            if (answer[5] == (byte)HandshakeKind.Accept)
            {
                return true;
            }

            answer = answer[Math.Min(answer.Length, 8 + BitConverter.ToUInt16(answer[6..]))..];
        }

        return false;
    }

    private static async Task SendMalformedAsync(Random random, int number)
    {
        var delivered = 0;
        var reserved = 0L;
        var limits = new LaneLimits { Head = new(100), Tensors = 4, Parcel = new(1 << 16), Pending = new(1 << 16), Streams = 4 };
        var settings = LaneNodes.Quick with { Limits = limits, Connections = 1, Fragment = new(4096) };
        var incoming = new ReceiveQueue(limits, _ => true, bytes => reserved += bytes, (_, parcel) =>
        {
            delivered++;
            parcel.Dispose();
        });
        var outgoing = new SendQueue(4096, 4, (_, _) => { });
        var own = new Parcel(ReadOnlyMemory<byte>.Empty, [zeros(3).DetachFromDisposeScope()]);
        outgoing.Add(0, new OutgoingParcel(own, ParcelDescriptor.Encode(own, limits), new ParcelMemory(own.Head, own.Tensors)));
        var good = random.Next(3);
        var wire = await WriteAsync(random, limits, good);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var connection = new LaneConnection(new LaneChannel(socket, new OneWay(wire), 1, 2), settings, null, outgoing, incoming, new AsyncSignal(), () => { });
        var cause = await connection.RunAsync().InTime($"frame {number} should end the connection");
        Assert.True(cause is LaneException or InvalidDataException or EndOfStreamException or IOException { Message: "the peer's memory cannot be read any more" }, $"frame {number}: {cause}");
        Assert.Equal(good, delivered);
        incoming.Close();
        outgoing.Close();
        Assert.Equal(0, reserved);
    }

    // Some correct parcels, then a frame that is not.
    private static async Task<byte[]> WriteAsync(Random random, LaneLimits limits, int good)
    {
        using var wire = new MemoryStream();
        var writer = new FrameWriter(wire, 2, new NativeWindow());
        await writer.WriteAsync(FrameType.Resume, 0, 0, 1, ReadOnlyMemory<byte>.Empty, CancellationToken.None);
        using var parcel = new Parcel(new byte[10], [zeros(20)]);
        var (descriptor, memory) = (ParcelDescriptor.Encode(parcel, limits), new ParcelMemory(parcel.Head, parcel.Tensors));
        for (var i = 0; i < good; i++)
        {
            await writer.WriteAsync(FrameType.Open, 0, i, memory.Length, descriptor, CancellationToken.None);
            await writer.WriteDataAsync(0, i, memory, 0, (int)memory.Length, CancellationToken.None);
        }

        var payload = random.Next(3) == 0 ? Damaged(descriptor, random) : RandomBytes(random, random.Next(4) == 0 ? random.Next(2000) : 20 * random.Next(4));
        var type = (FrameType)random.Next(0, 10);
        switch (random.Next(5))
        {
            case 4:
                // Memory that is really this connection's, and then a loan that is none: addresses nobody has, too few, or too many.
                var offer = new byte[LentMemory.OfferSize];
                Lent.WriteOffer(offer);
                await writer.WriteAsync(FrameType.Offer, 0, 0, 0, offer, CancellationToken.None);
                await writer.WriteAsync(FrameType.Open, 0, good, memory.Length, descriptor, CancellationToken.None);
                await writer.WriteDataAsync(0, good, memory, 0, random.Next(2) == 0 ? memory.HeadLength : random.Next(1, 20), CancellationToken.None);
                await writer.WriteAsync(FrameType.Lend, 0, good, memory.HeadLength, new byte[8 * random.Next(4)], CancellationToken.None);
                break;
            case 0:
                // A parcel whose middle never fits: the announced length is right, the bytes are not.
                await writer.WriteAsync(FrameType.Open, 0, good, memory.Length, descriptor, CancellationToken.None);
                await writer.WriteAsync(FrameType.Data, 0, good, random.Next(1, 200), RandomBytes(random, random.Next(1, 300)), CancellationToken.None);
                break;
            case 1:
                // Every number plausible, none right.
                await writer.WriteAsync(type, random.Next(6), good + random.Next(1, 3), random.Next(3), payload, CancellationToken.None);
                break;
            case 2:
                await writer.WriteAsync(type, random.Next(), random.NextInt64(), random.NextInt64(), payload, CancellationToken.None);
                break;
            default:
                // What somebody without the key could do.
                await writer.FlushAsync(CancellationToken.None);
                await wire.WriteAsync(RandomBytes(random, random.Next(100)));
                break;
        }

        await writer.FlushAsync(CancellationToken.None);
        return wire.ToArray();
    }

    private static byte[] RandomBytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Damaged(byte[] bytes, Random random)
    {
        var damaged = bytes.ToArray();
        damaged[random.Next(damaged.Length)] ^= (byte)random.Next(1, 256);
        return damaged;
    }

    // Reads from bytes and swallows what is written.
    private sealed class OneWay(byte[] bytes) : MemoryStream(bytes, writable: false)
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;
    }
}
