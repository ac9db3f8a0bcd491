// Settings that the binder tests bind.
using XClassFlow.Stages.Configuration;

namespace XClassFlow.Stages.Tests.Configuration;

public sealed record Everything(
    int Whole = 1,
    long Long = 2,
    ulong Seed = 3,
    double Real = 0.5,
    float Single = 0.25f,
    bool Switch = true,
    string Text = "t",
    Rule Rule = Rule.Sgd,
    int? Maybe = null,
    string? MaybeText = null,
    IReadOnlyList<int>? Sizes = null,
    ConfigNode? Raw = null)
{
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(5);

    public ByteSize Memory { get; init; } = ByteSize.FromMebibytes(64);

    public Inner Inner { get; init; } = new();

    public IReadOnlyList<Inner> Inners { get; init; } = [];

    public List<string> Names { get; init; } = [];

    public double[] Steps { get; init; } = [];

    public IReadOnlyDictionary<string, Inner> Named { get; init; } = new Dictionary<string, Inner>();
}
