// A node's rate: what it sends takes its time, is shared fairly, and nothing goes round it.
using System.Diagnostics;
using XClassFlow.Cluster.Lane;
using XClassFlow.Cluster.Lane.Tcp;
using XClassFlow.Stages.Tests.Timelines;
using static TorchSharp.torch;

namespace XClassFlow.Cluster.Tests.Lane;

public sealed class LaneRateTests
{
    private static readonly LaneSettings Slow = LaneNodes.Quick with { Rate = new(4_000_000), Fragment = new(256 * 1024) };

    [Fact]
    public void Pieces_leave_one_after_the_other()
    {
        var clock = new HandTurnedClock();
        clock.Pass(100);
        var rate = new LaneRate(1000, clock);
        Assert.Equal(101.5, Reserve(1500));
        Assert.Equal(102, Reserve(500));
        clock.Pass(10);
        Assert.Equal(111, Reserve(1000));

        double Reserve(long bytes) => rate.Reserve(bytes, clock.GetTimestamp()) / (double)clock.TimestampFrequency;
    }

    [Fact]
    public void A_sender_that_is_called_a_little_late_keeps_its_place_but_nothing_is_saved_up()
    {
        var clock = new HandTurnedClock();
        clock.Pass(100);
        var rate = new LaneRate(1000, clock);
        var due = rate.Reserve(1000, clock.GetTimestamp());
        clock.Pass(1.005);
        Assert.Equal(102.0, rate.Reserve(1000, due) / (double)clock.TimestampFrequency);
        clock.Pass(7.995);
        Assert.Equal(109.98, rate.Reserve(1000, due) / (double)clock.TimestampFrequency, 6);
    }

    /// <summary>Memory lending is on: without a rate the bytes would not even cross the connection.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task All_peers_together_get_the_rate(int count)
    {
        await using var nodes = await LaneNodes.OpenAsync(count, Slow with { LendMemory = true });
        var clock = Stopwatch.StartNew();
        for (var node = 1; node < count; node++)
        {
            nodes.Lanes[0].Send(node, 1, Of(2_000_000 / (count - 1)));
        }

        for (var node = 1; node < count; node++)
        {
            using var parcel = await nodes.Logs[node].TakeAsync(0, 1);
            Assert.Equal(2_000_000 / (count - 1), parcel.Tensors[0].numel());
        }

        Assert.True(clock.Elapsed >= TimeSpan.FromSeconds(0.45), $"2 MB at 4 MB/s took {clock.Elapsed}");
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    public async Task A_small_parcel_does_not_wait_for_a_large_one(int node, int stream)
    {
        await using var nodes = await LaneNodes.OpenAsync(3, Slow);
        nodes.Lanes[0].Send(1, 1, Of(3_000_000));
        var large = nodes.Logs[1].TakeAsync(0, 1);
        nodes.Lanes[0].Send(node, stream, Of(10_000));
        var small = nodes.Logs[node].TakeAsync(0, stream);
        Assert.Same(small, await Task.WhenAny(large, small));
        (await small).Dispose();
        (await large).Dispose();
    }

    [Fact]
    public void What_is_too_slow_or_lends_is_seen_in_the_settings()
    {
        Assert.False(Slow.Lends);
        Assert.True((Slow with { Rate = new(0), LendMemory = true }).Lends);
        Assert.Equal((8_000, 4_096, 256 * 1024), (Slow.LongestSent, (Slow with { Rate = new(70_000) }).LongestSent, (Slow with { Rate = new(1_250_000_000) }).LongestSent));
        Assert.Throws<Data.UserErrorException>(() => (Slow with { Rate = new(1000) }).Validate("lane"));
        Slow.Validate("lane");
    }

    private static Parcel Of(int bytes) => new(new byte[] { 1 }, [zeros(bytes, ScalarType.Byte).DetachFromDisposeScope()]);
}
