// The lane over TCP keeps the contract when all bytes are sent.
using XClassFlow.Cluster.Lane;
using static TorchSharp.torch;

namespace XClassFlow.Cluster.Tests.Lane;

public sealed class TcpLaneTests : LaneContract
{
    [Fact]
    public async Task A_tensor_of_more_than_2_GiB_crosses()
    {
        Assert.SkipUnless(Soak.On, "needs 5 GB; set XCLASSFLOW_SOAK=1");
        const long Length = (1L << 31) + 300_000;
        await using var nodes = await LaneNodes.OpenAsync(2, LaneNodes.Quick with { Fragment = new(1 << 20) });
        using var expected = zeros(Length, dtype: ScalarType.Byte).DetachFromDisposeScope();
        long[] places = [0, (1L << 31) - 50_000, Length - 100_000];
        foreach (var place in places)
        {
            using var part = expected.narrow(0, place, 100_000);
            new Random(1).NextBytes(RandomParcels.BytesOf(part));
        }

        nodes.Lanes[0].Send(1, 0, new Parcel(ReadOnlyMemory<byte>.Empty, [expected.detach().DetachFromDisposeScope()]));
        using var parcel = await nodes.Logs[1].TakeAsync(0, 0, "2 GiB");
        Assert.Equal(Length, parcel.Tensors[0].numel());
        foreach (var place in places)
        {
            using var sent = expected.narrow(0, place, 100_000);
            using var arrived = parcel.Tensors[0].narrow(0, place, 100_000);
            Assert.True(RandomParcels.BytesOf(sent).SequenceEqual(RandomParcels.BytesOf(arrived)), $"the bytes at {place} differ");
        }
    }

    private protected override Task<LaneNodes> OpenAsync(int count, LaneSettings? settings = null) => LaneNodes.OpenAsync(count, (settings ?? LaneNodes.Quick) with { LendMemory = false });
}
