// A slow line in software: what one node's connections may send together.
namespace XClassFlow.Cluster.Lane.Tcp;

/// <summary>
/// Pieces leave one after the other, as over a line of so many bytes a second; each has left when its last byte would have. Whoever asks first goes first, so connections that always have something to
/// send take turns. Nothing is saved up while nothing is sent. Thread-safe.
/// </summary>
/// <param name="bytesPerSecond">Bytes per second.</param>
/// <param name="time">The clock.</param>
internal sealed class LaneRate(long bytesPerSecond, TimeProvider time)
{
    /// <summary>A sender that is called so much later than it asked for still keeps its place; one that is later has wasted it.</summary>
    private static readonly TimeSpan MostLate = TimeSpan.FromMilliseconds(20);

    private readonly Lock _gate = new();
    private readonly long _mostLate = (long)(MostLate.TotalSeconds * time.TimestampFrequency);
    private long _free;

    public TimeProvider Time => time;

    /// <summary>Takes the next free time of the line.</summary>
    /// <param name="bytes">Length of the piece.</param>
    /// <param name="ready">When the sender could have begun, as a timestamp of the clock; the past counts where it was called late.</param>
    /// <returns>When the piece has left.</returns>
    public long Reserve(long bytes, long ready)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            var begin = Math.Max(_free, Math.Max(Math.Min(ready, now), now - _mostLate));
            return _free = begin + (long)((double)bytes / bytesPerSecond * time.TimestampFrequency);
        }
    }
}
