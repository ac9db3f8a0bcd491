// How far sampled rows have turned since the class graph was built.
namespace XClassFlow.Stages.Auditing;

/// <summary>1 - cos between a row as it was for the graph and as it is, over the sampled classes of one shard; sums, so that shards' drifts can be joined.</summary>
/// <param name="Rows">Rows compared; 0 where the rows of the graph are not known (it came from a checkpoint).</param>
/// <param name="Sum">Sum over them.</param>
/// <param name="Largest">The largest.</param>
public sealed record RowDrift(int Rows, double Sum, double Largest)
{
    public static RowDrift None { get; } = new(0, 0, 0);

    /// <param name="before">float [n, D], unit rows.</param>
    /// <param name="now">The same rows now.</param>
    /// <param name="width">D.</param>
    public static RowDrift Between(ReadOnlySpan<float> before, ReadOnlySpan<float> now, int width)
    {
        var drift = None;
        for (var start = 0; start < before.Length; start += width)
        {
            var cosine = 0.0;
            for (var d = start; d < start + width; d++)
            {
                cosine += (double)before[d] * now[d];
            }

            var turned = Math.Max(0, 1 - cosine);
            drift = new RowDrift(drift.Rows + 1, drift.Sum + turned, Math.Max(drift.Largest, turned));
        }

        return drift;
    }

    /// <summary>Drift over the rows of both.</summary>
    public RowDrift And(RowDrift other) => new(Rows + other.Rows, Sum + other.Sum, Math.Max(Largest, other.Largest));
}
