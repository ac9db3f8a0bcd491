// A random class graph and the parts of it that each shard owns.
using XClassFlow.Stages.Head;
using XClassFlow.Stages.Selection;

namespace XClassFlow.Stages.Tests.Selection;

/// <summary>K neighbours of every class, itself first, in no geometric order.</summary>
internal sealed class RandomGraph
{
    private readonly long[][] _lists;

    public RandomGraph(int classes, int k, int seed)
    {
        var random = new Random(seed);
        _lists = [.. Enumerable.Range(0, classes).Select(c =>
            Enumerable.Range(0, classes).Where(o => o != c).OrderBy(_ => random.Next()).Select(o => (long)o).Prepend(c).Take(k).ToArray())];
    }

    public IReadOnlyList<long[]> Lists => _lists;

    public NeighbourIndex PartOf(ClassPartition partition, int shard)
    {
        var offsets = new List<long> { 0 };
        var (rows, ranks) = (new List<int>(), new List<int>());
        foreach (var list in _lists)
        {
            foreach (var (other, rank) in list.Select((o, r) => (o, r)).Where(n => partition.OwnerOf(n.o) == shard))
            {
                rows.Add((int)(other - partition.StartOf(shard)));
                ranks.Add(rank);
            }

            offsets.Add(rows.Count);
        }

        return new NeighbourIndex([.. offsets], [.. rows], [.. ranks]);
    }
}
