// Holds a connection's sender back to the rate of its node.
namespace XClassFlow.Cluster.Lane.Tcp;

/// <summary>For one sending loop.</summary>
/// <param name="rate">The node's rate; null: as fast as it goes.</param>
internal sealed class LanePace(LaneRate? rate)
{
    /// <summary>Frames up to this size wait for nothing, but the line is busy with them all the same: credits and acknowledgements keep the others going.</summary>
    private const int Small = 1024;

    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    private long? _ready;

    /// <summary>Whether the next frame of this size would have to wait.</summary>
    public bool HoldsBack(long bytes) => rate is not null && bytes > Small;

    /// <summary>Completes when the bytes may be written; less than a millisecond ahead counts as now, so on average the rate holds.</summary>
    public async ValueTask TakeAsync(long bytes)
    {
        if (rate is null)
        {
            return;
        }

        var due = rate.Reserve(bytes, _ready ?? rate.Time.GetTimestamp());
        if (!HoldsBack(bytes))
        {
            return;
        }

        _ready = due;
        for (var left = LeftUntil(due); left >= Shortest; left = LeftUntil(due))
        {
            await Task.Delay(left, rate.Time);
        }
    }

    /// <summary>There is nothing to send: the time that passes now is lost.</summary>
    public void Rest() => _ready = null;

    private TimeSpan LeftUntil(long due) => rate!.Time.GetElapsedTime(rate.Time.GetTimestamp(), due);
}
