// How the approximate class graph is built.
using XClassFlow.Data;

namespace XClassFlow.Stages.Selection.Graph;

/// <summary>The defaults hold from thousands of classes to a hundred million; see docs/class-graph.md for what was measured.</summary>
internal sealed record ApproximateGraphSettings
{
    /// <summary>K, the class itself included.</summary>
    public int K { get; init; } = 16;

    /// <summary>Classes in a part, on average.</summary>
    public int PartSize { get; init; } = 500;

    /// <summary>t, parts that a class looks into; 0 lets a forecast on the sample decide.</summary>
    public int PartsPerClass { get; init; }

    /// <summary>Neighbours kept while building, the class itself left out; 0 for K - 1. More find more, at more memory and time.</summary>
    public int Breadth { get; init; }

    /// <summary>Most rounds of propagation.</summary>
    public int MaxRounds { get; init; } = 4;

    /// <summary>Propagation ends when the sample's recall is at least this.</summary>
    public double TargetRecall { get; init; } = 0.97;

    /// <summary>A refresh compares a class with so many neighbours of so many neighbours, besides its old list.</summary>
    public int RefreshReach { get; init; } = 8;

    /// <summary>Classes on which recall is measured.</summary>
    public int Sample { get; init; } = 500;

    /// <summary>The same for a refresh, of whose time the sample's brute force would otherwise be a third (at a million classes).</summary>
    public int RefreshSample { get; init; } = 200;

    /// <summary>Bytes that may be used beyond the rows.</summary>
    public long Memory { get; init; } = 4L << 30;

    public ulong Seed { get; init; } = 1;

    public int Length => Math.Max(Breadth, K - 1);

    /// <exception cref="UserErrorException">A value is out of range.</exception>
    public void Validate(long classes)
    {
        GraphLimits.CheckK(K, classes);
        if (PartSize < 32 || PartsPerClass is < 0 or > 64 || MaxRounds is < 0 or > 100 || Sample < 1 || Breadth is < 0 or > 4096)
        {
            throw new UserErrorException($"{this} is out of range", "class graph", "use parts of at least 32 classes, at most 64 parts per class, at most 100 rounds");
        }
    }
}
