// What the benchmark of the all-reduce measures.
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Benchmarks;

/// <summary>Options of <see cref="AllReduceBenchmark"/>.</summary>
public sealed record AllReduceOptions
{
    /// <summary>Numbers of local processes.</summary>
    public IReadOnlyList<int> Ranks { get; init; } = [2, 4];

    /// <summary>Bytes of the gradient (float32).</summary>
    public IReadOnlyList<long> Sizes { get; init; } = [1_000_000, 4_000_000, 16_000_000, 64_000_000, 100_000_000];

    /// <summary>Ways of ours, each measured.</summary>
    public IReadOnlyList<AllReduceWay> Ways { get; init; } = [AllReduceWay.Auto];

    /// <summary>Measured rounds per size within a process.</summary>
    public int Rounds { get; init; } = 20;

    /// <summary>How often ours and the peers are started, in turn.</summary>
    public int Repeats { get; init; } = 3;

    /// <summary>Rounds of a size before those that count, ours and the peers': of small ones about 4 GB, so that code that runs often is compiled for that before it is measured.</summary>
    public static int WarmUp(long bytes) => bytes <= 4_000_000 ? (int)Math.Min(4_000_000_000 / Math.Max(1, bytes), 5000) : 10;
}
