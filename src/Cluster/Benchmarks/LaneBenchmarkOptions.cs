// What the benchmark of the lane measures.
using XClassFlow.Cluster.Lane;
using XClassFlow.Cluster.Security;

namespace XClassFlow.Cluster.Benchmarks;

/// <summary>Options of <see cref="LaneBenchmark"/>.</summary>
public sealed record LaneBenchmarkOptions
{
    /// <summary>Sizes of the parcels' tensor in bytes.</summary>
    public IReadOnlyList<long> Sizes { get; init; } = [64L << 10, 1L << 20, 16L << 20, 100L << 20];

    /// <summary>Bytes of one measurement, rounded up to whole parcels.</summary>
    public long BytesPerRound { get; init; } = 800L << 20;

    /// <summary>Measurements of lane and socket per size, in turn; the medians count.</summary>
    public int Rounds { get; init; } = 5;

    /// <summary>Measurements before that do not count.</summary>
    public int WarmUpRounds { get; init; } = 4;

    /// <summary>Bytes that may be in flight, but at least two parcels.</summary>
    public long Window { get; init; } = 64L << 20;

    /// <summary>The lane's settings. One connection, as the socket it is compared with; the control parcels then share it with the bulk.</summary>
    public LaneSettings Lane { get; init; } = new() { Connections = 1 };

    /// <summary>Secret and TLS of the lane; the socket has none.</summary>
    public SecuritySettings Security { get; init; } = new();
}
