// Frames and descriptors: what is written is read, what is damaged is not.
using XClassFlow.Cluster.Lane;
using XClassFlow.Cluster.Lane.Tcp;
using XClassFlow.Cluster.Lane.Wire;
using static TorchSharp.torch;

namespace XClassFlow.Cluster.Tests.Lane;

public sealed class FrameTests
{
    private static readonly LaneLimits Limits = new() { Tensors = 8, Parcel = new(1 << 20), Pending = new(1 << 20), Head = new(1000) };

    [Fact]
    public void A_header_is_read_as_it_was_written()
    {
        var header = new FrameHeader(FrameType.Data, 7, 1L << 40, 1L << 41, 65_000, 0xFEDCBA9876543210);
        var bytes = new byte[FrameHeader.Size];
        header.Write(bytes, seed: 3);
        Assert.Equal(header, FrameHeader.Read(bytes, seed: 3));
        Assert.Throws<InvalidDataException>(() => FrameHeader.Read(bytes, seed: 4));
    }

    [Fact]
    public void Every_damaged_bit_of_a_header_is_noticed()
    {
        var bytes = new byte[FrameHeader.Size];
        new FrameHeader(FrameType.Open, 1, 2, 3, 4, 5).Write(bytes, seed: 9);
        for (var bit = 0; bit < 8 * bytes.Length; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<InvalidDataException>(() => FrameHeader.Read(bytes, seed: 9));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Theory]
    [InlineData(0, 0, 0, 0, 0)]
    [InlineData(9, 0, 0, 0, 0)]
    [InlineData(2, -1, 0, 0, 0)]
    [InlineData(2, 0, -1, 0, 0)]
    [InlineData(2, 0, 0, -1, 0)]
    [InlineData(2, 0, 0, 0, -1)]
    public void A_header_that_makes_no_sense_is_refused_in_spite_of_its_checksum(byte type, int stream, long sequence, long offset, int length)
    {
        var bytes = new byte[FrameHeader.Size];
        new FrameHeader((FrameType)type, stream, sequence, offset, length, 0).Write(bytes, seed: 1);
        Assert.Throws<InvalidDataException>(() => FrameHeader.Read(bytes, seed: 1));
    }

    [Fact]
    public async Task A_parcel_larger_than_a_piece_crosses_in_frames_of_any_length()
    {
        var random = new Random(2);
        using var parcel = new Parcel(new byte[3000], [RandomParcels.Filled(random, ScalarType.Byte, 700_001), RandomParcels.Filled(random, ScalarType.Float64, 0), RandomParcels.Filled(random, ScalarType.Int64, 9)]);
        using var target = new Parcel(new byte[3000], [empty(700_001, ScalarType.Byte), empty(0, ScalarType.Float64), empty(9, ScalarType.Int64)]);
        var (from, to) = (new ParcelMemory(parcel.Head, parcel.Tensors), new ParcelMemory(target.Head, target.Tensors));
        foreach (var length in new[] { 1000, 65_536, 300_000, 800_000 })
        {
            using var wire = new MemoryStream();
            var writer = new FrameWriter(wire, 77, new NativeWindow());
            for (var offset = 0L; offset < from.Length; offset += length)
            {
                await writer.WriteDataAsync(1, 0, from, offset, (int)Math.Min(length, from.Length - offset), CancellationToken.None);
            }

            await writer.FlushAsync(CancellationToken.None);
            wire.Position = 0;
            var reader = new FrameReader(wire, 77, new NativeWindow());
            for (var offset = 0L; offset < from.Length;)
            {
                var header = await reader.ReadHeaderAsync(CancellationToken.None);
                Assert.Equal(offset, header.Offset);
                await reader.ReadDataAsync(header, to, CancellationToken.None);
                offset += header.Length;
            }

            RandomParcels.AssertEqual(parcel, target, $"frames of {length}");
            await Assert.ThrowsAsync<EndOfStreamException>(async () => await reader.ReadHeaderAsync(CancellationToken.None));
            RandomParcels.BytesOf(target.Tensors[0]).Clear();
        }
    }

    [Fact]
    public async Task A_frame_fits_only_in_its_place()
    {
        using var wire = new MemoryStream();
        var writer = new FrameWriter(wire, 5, new NativeWindow());
        await writer.WriteAsync(FrameType.Ping, 0, 0, 0, ReadOnlyMemory<byte>.Empty, CancellationToken.None);
        await writer.FlushAsync(CancellationToken.None);
        var replayed = new MemoryStream([.. wire.ToArray(), .. wire.ToArray()]);
        var reader = new FrameReader(replayed, 5, new NativeWindow());
        Assert.Equal(FrameType.Ping, (await reader.ReadHeaderAsync(CancellationToken.None)).Type);
        await Assert.ThrowsAsync<InvalidDataException>(async () => await reader.ReadHeaderAsync(CancellationToken.None));
    }

    [Fact]
    public void A_descriptor_makes_tensors_of_the_same_form()
    {
        using var parcel = new Parcel(new byte[5], [RandomParcels.Filled(new Random(1), ScalarType.BFloat16, 3, 4), RandomParcels.Filled(new Random(1), ScalarType.Bool), RandomParcels.Filled(new Random(1), ScalarType.Int64, 2, 0)]);
        var (head, tensors) = ParcelDescriptor.Allocate(ParcelDescriptor.Encode(parcel, Limits), parcel.ByteLength, Limits);
        using var made = new Parcel(head, tensors);
        Assert.Equal(5, head.Length);
        Assert.Equal(parcel.Tensors.Select(t => t.dtype), tensors.Select(t => t.dtype));
        Assert.Equal(parcel.Tensors.Select(t => t.shape), tensors.Select(t => t.shape));
    }

    [Fact]
    public void A_descriptor_that_lies_allocates_nothing()
    {
        var announced = 5 + 24L;
        using var parcel = new Parcel(new byte[5], [zeros(2, 3)]);
        var good = ParcelDescriptor.Encode(parcel, Limits);
        Assert.Throws<LaneException>(() => ParcelDescriptor.Allocate(good, announced + 1, Limits));
        Assert.Throws<LaneException>(() => ParcelDescriptor.Allocate(good.AsSpan(0, good.Length - 1), announced, Limits));
        Assert.Throws<LaneException>(() => ParcelDescriptor.Allocate([.. good, 0], announced, Limits));
        Refused(0, int.MaxValue);
        Refused(0, -1);
        Refused(4, int.MaxValue);
        Refused(4, 9);
        Refused(8, 99);
        Refused(9, 33);
        Refused(10, -1);
        Refused(10, 1 << 30);

        // Sizes whose product overflows, and sizes that a 0 would hide.
        using var flat = new Parcel(ReadOnlyMemory<byte>.Empty, [zeros(1, 1, 1)]);
        var huge = ParcelDescriptor.Encode(flat, Limits);
        foreach (var (a, b, c) in new[] { (1L << 62, 4L, 1L), (1L << 32, 1L << 32, 1L), (0L, 1L << 40, 1L << 40), (long.MaxValue, 1L, 1L) })
        {
            BitConverter.TryWriteBytes(huge.AsSpan(10), a);
            BitConverter.TryWriteBytes(huge.AsSpan(18), b);
            BitConverter.TryWriteBytes(huge.AsSpan(26), c);
            Assert.Throws<LaneException>(() => ParcelDescriptor.Allocate(huge, 0, Limits));
        }

        void Refused(int at, int value)
        {
            var bad = good.ToArray();
            if (at is 8 or 9)
            {
                bad[at] = (byte)value;
            }
            else
            {
                BitConverter.TryWriteBytes(bad.AsSpan(at), value);
            }

            Assert.Throws<LaneException>(() => ParcelDescriptor.Allocate(bad, announced, Limits));
        }
    }

    [Fact]
    public void A_parcel_beyond_the_limits_is_refused_by_its_sender()
    {
        using var parcel = new Parcel(new byte[1001], []);
        Assert.Throws<ArgumentException>(() => ParcelDescriptor.Encode(parcel, Limits));
        using var many = new Parcel(ReadOnlyMemory<byte>.Empty, [.. Enumerable.Range(0, 9).Select(_ => zeros(1))]);
        Assert.Throws<ArgumentException>(() => ParcelDescriptor.Encode(many, Limits));
    }

    [Fact]
    public void Streams_take_turns_so_that_a_small_parcel_waits_for_one_fragment()
    {
        var queue = new SendQueue(1000, 10, (_, _) => { });
        queue.Start();
        Add(queue, 0, 10_000);
        Add(queue, 0, 10_000);
        Assert.True(queue.TryTake(out var first));
        Add(queue, 1, 10);
        queue.Done(first);
        Assert.True(queue.TryTake(out var second));
        Assert.Equal((0, 1), (first.Stream.Number, second.Stream.Number));
        queue.Done(second);
        Assert.True(queue.TryTake(out var third));
        Assert.Equal((0, 1000L), (third.Stream.Number, third.Offset));
        queue.Done(third);
        queue.Close();
    }

    [Fact]
    public void A_parcel_acknowledged_while_it_is_read_is_freed_afterwards()
    {
        var freed = 0;
        var queue = new SendQueue(1000, 10, (_, acknowledged) => freed += acknowledged ? 1 : 0);
        queue.Start();
        var parcel = Add(queue, 0, 10);
        Assert.Throws<LaneException>(() => queue.Acknowledge(0, 1));
        Assert.True(queue.TryTake(out var fragment));
        queue.Acknowledge(0, 1);
        Assert.False(parcel.IsInvalid);
        queue.Done(fragment);
        Assert.True(parcel.IsInvalid);
        Assert.Equal(1, freed);
        Assert.Throws<LaneException>(() => queue.Acknowledge(0, 2));
        Assert.Throws<LaneException>(() => queue.Acknowledge(3, 1));
    }

    [Fact]
    public void A_parcel_of_one_stream_too_many_is_refused_and_freed()
    {
        var freed = new List<(long Cost, bool Acknowledged)>();
        var queue = new SendQueue(1000, 1, (cost, acknowledged) => freed.Add((cost, acknowledged)));
        Add(queue, 0, 10);
        var tensor = zeros(10, ScalarType.Byte).DetachFromDisposeScope();
        var parcel = new Parcel(ReadOnlyMemory<byte>.Empty, [tensor]);
        var outgoing = new OutgoingParcel(parcel, ParcelDescriptor.Encode(parcel, new LaneLimits()), new ParcelMemory(parcel.Head, parcel.Tensors));
        Assert.Throws<ArgumentException>(() => queue.Add(1, outgoing));
        Assert.True(tensor.IsInvalid);
        Assert.Equal([(outgoing.Cost, false)], freed);
        queue.Close();
    }

    [Fact]
    public void After_a_lost_connection_only_what_did_not_arrive_is_sent_again()
    {
        var queue = new SendQueue(1000, 10, (_, _) => { });
        queue.Start();
        for (var i = 0; i < 3; i++)
        {
            Add(queue, 0, 1500);
        }

        for (var i = 0; i < 3; i++)
        {
            Assert.True(queue.TryTake(out var sent));
            queue.Done(sent);
        }

        queue.Rewind();
        Assert.False(queue.TryTake(out _));
        Assert.Throws<LaneException>(() => queue.Resume(0, 4, -1));
        Assert.Throws<LaneException>(() => queue.Resume(0, 1, 1500));
        queue.Resume(0, 1, 500);
        queue.Start();
        Assert.True(queue.TryTake(out var next));
        Assert.Equal((1L, 500L, 1000, false), (next.Parcel.Sequence, next.Offset, next.Length, next.Opens));
        queue.Done(next);
        Assert.True(queue.TryTake(out next));
        Assert.Equal((2L, 0L, 1000, true), (next.Parcel.Sequence, next.Offset, next.Length, next.Opens));
        queue.Done(next);
        Assert.Throws<LaneException>(() => queue.Resume(0, 1, -1));
        queue.Close();
    }

    private static Tensor Add(SendQueue queue, int stream, int bytes)
    {
        var tensor = zeros(bytes, dtype: ScalarType.Byte).DetachFromDisposeScope();
        var parcel = new Parcel(ReadOnlyMemory<byte>.Empty, [tensor]);
        queue.Add(stream, new OutgoingParcel(parcel, ParcelDescriptor.Encode(parcel, new LaneLimits()), new ParcelMemory(parcel.Head, parcel.Tensors)));
        return tensor;
    }
}
