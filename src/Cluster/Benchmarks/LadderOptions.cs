// What the throughput ladder measures.
namespace XClassFlow.Cluster.Benchmarks;

/// <summary>Options of <see cref="LadderBenchmark"/>.</summary>
public sealed record LadderOptions
{
    /// <summary>Numbers of local processes.</summary>
    public IReadOnlyList<int> Nodes { get; init; } = [2, 4];

    /// <summary>What joins the nodes.</summary>
    public LadderLinks Links { get; init; }

    /// <summary>What every node may send, megabits a second.</summary>
    public IReadOnlyList<int> Megabits { get; init; } = [100, 1_000, 10_000];

    /// <summary>N.</summary>
    public int Classes { get; init; } = 1_000_000;

    /// <summary>B, over all nodes, where no configuration says it.</summary>
    public int Batch { get; init; } = 256;

    /// <summary>Steps before those that count.</summary>
    public int WarmUp { get; init; } = 5;

    /// <summary>Steps that count.</summary>
    public int Steps { get; init; } = 10;

    /// <summary>How often every rung is measured, in turn with the others; the run with the median step counts.</summary>
    public int Repeats { get; init; } = 1;

    /// <summary>What is trained and how long, HOCON; null: <see cref="Classes"/> of generated features, <see cref="Batch"/>, and as many steps as are measured.</summary>
    public string? Configuration { get; init; }

    /// <summary>More settings for all rungs, path=value.</summary>
    public IReadOnlyList<string> Sets { get; init; } = [];
}
