// The lane between processes of one machine that read large tensors from each other's memory.
using System.Diagnostics;
using XClassFlow.Cluster.Lane;
using XClassFlow.Cluster.Lane.Tcp;
using XClassFlow.Cluster.Lane.Wire;
using static TorchSharp.torch;

namespace XClassFlow.Cluster.Tests.Lane;

public sealed class LendingLaneTests : LaneContract
{
    [Fact]
    public async Task A_lent_tensor_does_not_cross_the_connection()
    {
        await using var nodes = LaneNodes.Listen(2, LaneNodes.Quick with { LendMemory = true });
        await using var proxy = new TcpProxy(nodes.Endpoints[1].Address);
        var passed = 0L;
        proxy.Touch = (forward, _, bytes) => Interlocked.Add(ref passed, forward ? bytes.Length : 0);
        await nodes.OpenLanesAsync(addressOf: (self, node) => self == 0 && node == 1 ? proxy.Address : null);
        var random = new Random(5);
        using var expected = new Parcel(new byte[] { 7 }, [RandomParcels.Filled(random, ScalarType.Float32, 1_000_000), RandomParcels.Filled(random, ScalarType.Int64, 0), RandomParcels.Filled(random, ScalarType.Byte, 3)]);

        // The first ones may leave before the offer was taken.
        long sent;
        var tries = 0;
        do
        {
            Assert.True(tries++ < 1000, "the bytes are still sent");
            var before = Interlocked.Read(ref passed);
            nodes.Lanes[0].Send(1, 0, RandomParcels.Copy(expected));
            using var actual = await nodes.Logs[1].TakeAsync(0, 0);
            RandomParcels.AssertEqual(expected, actual, "the parcel");
            sent = Interlocked.Read(ref passed) - before;
        }
        while (sent > 10_000);
        Assert.True(nodes.Lanes[1].Traffic.BytesReceived >= 4_000_000, "what was fetched counts as received");
    }

    [Fact]
    public void What_is_fetched_after_the_lender_has_ended_is_not_taken()
    {
        const ulong Key = 42;
        var (limits, delivered, reserved) = (new LaneLimits(), 0, 0L);
        var incoming = new ReceiveQueue(limits, _ => true, bytes => reserved += bytes, (_, _) => delivered++);
        var loans = new LoanReader(incoming, Key);
        var lent = new LentMemory(Key);
        var offer = new byte[LentMemory.OfferSize];
        lent.WriteOffer(offer);
        Assert.True(loans.Try(offer));
        using var parcel = new Parcel(ReadOnlyMemory<byte>.Empty, [zeros(300_000)]);
        var memory = new ParcelMemory(parcel.Head, parcel.Tensors);
        incoming.Open(new FrameHeader(FrameType.Open, 0, 0, memory.Length, 0, 0), ParcelDescriptor.Encode(parcel, limits));
        loans.Add(new FrameHeader(FrameType.Lend, 0, 0, 0, 8, 0), memory.Addresses().Span);
        Assert.False(loans.Fetch());
        lent.Dispose();
        while (loans.HasWork)
        {
            Assert.Throws<IOException>(() => loans.Fetch());
        }

        // The next connection goes on with what was fetched before.
        Assert.Equal(512 * 1024, Assert.Single(incoming.Positions()).Offset);
        incoming.Close();
        Assert.Equal((0, 0L), (delivered, reserved));
    }

    [Fact]
    public async Task Small_parcels_keep_their_place_behind_lent_ones()
    {
        await using var nodes = await OpenAsync(2);
        var random = new Random(9);
        for (var i = 0; i < 200; i++)
        {
            nodes.Lanes[0].Send(1, 0, new Parcel(new[] { (byte)i }, [zeros(random.Next(3) == 0 ? 500_000 : 1).DetachFromDisposeScope()]));
        }

        for (var i = 0; i < 200; i++)
        {
            using var next = await nodes.Logs[1].TakeAsync(0, 0, $"parcel {i}");
            Assert.Equal(i, next.Head.Span[0]);
        }
    }

    [Fact]
    public unsafe void Only_what_is_lent_with_the_right_key_can_be_read()
    {
        var lent = new LentMemory(42);
        var offer = new byte[LentMemory.OfferSize];
        lent.WriteOffer(offer);
        var (from, to) = (new long[] { 1, 2, 3 }, new long[3]);
        fixed (long* source = from, target = to)
        {
            var memory = LentMemory.ReadOffer(offer, 42);
            Assert.True(memory.Proves());
            memory.Read((long)source, (nint)target, 24);
            Assert.Equal(from, to);
            Assert.False(LentMemory.ReadOffer(offer, 43).Proves());
            var (at, here) = ((long)source, (nint)target);
            Assert.Throws<IOException>(() => LentMemory.ReadOffer(offer, 43).Read(at, here, 24));
            Assert.Throws<IOException>(() => memory.Read(8, 1, 24));
            lent.Dispose();
            Assert.False(memory.Proves());
            Assert.Throws<IOException>(() => memory.Read(at, here, 24));
        }

        Assert.Throws<LaneException>(() => LentMemory.ReadOffer(offer.AsSpan(1), 42));
    }

    [Fact]
    public void Another_process_than_the_one_that_knows_the_key_is_not_believed()
    {
        using var lent = new LentMemory(42);
        var offer = new byte[LentMemory.OfferSize];
        lent.WriteOffer(offer);
        using var other = Process.Start(new ProcessStartInfo("sleep", "60"))!;
        try
        {
            BitConverter.TryWriteBytes(offer, other.Id);
            Assert.False(LentMemory.ReadOffer(offer, 42).Proves());
        }
        finally
        {
            other.Kill();
        }
    }

    private protected override Task<LaneNodes> OpenAsync(int count, LaneSettings? settings = null) => LaneNodes.OpenAsync(count, (settings ?? LaneNodes.Quick) with { LendMemory = true });
}
