// The lane between processes of one machine that read large tensors from each other's memory.
using System.Diagnostics;
using XClassFlow.Cluster.Lane;
using XClassFlow.Cluster.Lane.Wire;
using XClassFlow.Stages.Torch;
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
    public async Task What_arrives_from_a_lane_that_is_being_closed_is_whole()
    {
        var arrived = 0;
        for (var round = 0; round < 20; round++)
        {
            await using var nodes = await LaneNodes.OpenAsync(2, LaneNodes.Quick with { LendMemory = true, ReconnectTimeout = TimeSpan.FromMilliseconds(100) });
            for (var i = 0; i < 40; i++)
            {
                nodes.Lanes[0].Send(1, 0, new Parcel(new[] { (byte)i }, [full(400_000, Scalars.Of((double)i), ScalarType.Float32).DetachFromDisposeScope()]));
            }

            using (await nodes.Logs[1].TakeAsync(0, 0, "the first one"))
            {
                // What the closing frees is written over at once.
                await nodes.Lanes[0].DisposeAsync();
                using var over = full(20_000_000, Scalars.Of(-1.0), ScalarType.Float32);
            }

            await nodes.Logs[1].BrokenAsync("the lane was closed");
            while (!nodes.Logs[1].IsEmpty(0, 0))
            {
                using var next = await nodes.Logs[1].TakeAsync(0, 0);
                arrived++;
                var number = next.Head.Span[0];
                Assert.True(TensorMemory.SpanOf<float>(next.Tensors[0]).IndexOfAnyExcept((float)number) < 0, $"parcel {number} of round {round} has other bytes");
            }
        }

        Assert.True(arrived > 0, "nothing arrived after the first parcels: the test has seen nothing");
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
            Assert.Throws<IOException>(() => LentMemory.ReadOffer(offer, 43).Read(0, 0, 0));
            Assert.Throws<IOException>(() => memory.Read(8, 1, 24));
            lent.Dispose();
            Assert.False(memory.Proves());
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
