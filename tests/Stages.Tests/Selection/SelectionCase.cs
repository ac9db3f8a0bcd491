// One case for the properties of the selection.
using FsCheck;
using FsCheck.Fluent;
using XClassFlow.Stages.Head;
using XClassFlow.Stages.Selection;

namespace XClassFlow.Stages.Tests.Selection;

/// <summary>A shard, a batch, a rule and a budget.</summary>
internal sealed record SelectionCase(
    int Classes, int Shards, int Shard, long[] Labels, SelectionMode Mode, long Budget, double NeighbourShare, int K, int Seed)
{
    public static Arbitrary<SelectionCase> Any { get; } = (
        from classes in Gen.Choose(2, 120)
        from shards in Gen.Choose(1, Math.Min(classes, 9))
        from shard in Gen.Choose(0, shards - 1)
        from count in Gen.Choose(1, 40)
        from labels in Gen.Choose(0, classes - 1).ArrayOf(count)
        from mode in Gen.Elements(SelectionMode.Uniform, SelectionMode.Knn, SelectionMode.Mix)
        from budget in Gen.Choose(0, classes + 5)
        from share in Gen.Elements(0, 0.1, 0.5, 0.75, 1)
        from k in Gen.Choose(1, Math.Min(classes, 12))
        from seed in Gen.Choose(0, 1000)
        select new SelectionCase(classes, shards, shard, [.. labels.Select(l => (long)l)], mode, budget, share, k, seed)).ToArbitrary();

    public ClassPartition Partition => new(Classes, Shards);

    public long Start => Partition.StartOf(Shard);

    public long Count => Partition.CountOf(Shard);

    public RandomGraph Graph => new(Classes, K, Seed);

    public ActiveClassesSettings Settings => new(Mode, Budget, NeighbourShare: NeighbourShare, Neighbours: K);

    /// <summary>Distinct labels that the shard owns, as rows, in the batch's order.</summary>
    public long[] LabelRows => [.. Labels.Distinct().Select(l => l - Start).Where(r => r >= 0 && r < Count)];

    public Stages.Selection.Selection Select(ClassSelector? selector = null, ulong? seed = null)
    {
        using var graph = Settings.UsesGraph ? Graph.PartOf(Partition, Shard) : null;
        return (selector ?? new ClassSelector(Start, Count, Mode == SelectionMode.Mix)).Select(Labels, Budget, Settings.At(1).NeighbourShare, graph, null, seed ?? (ulong)Seed);
    }

    public override string ToString()
        => $"N {Classes}, shard {Shard} of {Shards}, {Mode}, M {Budget}, share {NeighbourShare}, K {K}, seed {Seed}, labels [{string.Join(' ', Labels)}]";
}
