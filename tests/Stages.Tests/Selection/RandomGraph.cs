// A random class graph and the parts of it that each shard owns.
using XClassFlow.Stages.Head;
using XClassFlow.Stages.Selection;
using XClassFlow.Stages.Selection.Graph;

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

    /// <summary>What a shard owns, in the two parts that two builders would send. The caller owns it.</summary>
    public NeighbourIndex PartOf(ClassPartition partition, int shard)
    {
        var table = new NeighbourTable(0, _lists.Length, _lists[0].Length);
        foreach (var (c, list) in _lists.Index())
        {
            Array.ConvertAll(list, o => (int)o).CopyTo(table.Of(c));
        }

        var team = new WorkerTeam(1, CancellationToken.None);
        if (partition.Shards == 1)
        {
            using var shared = new SharedTable(table);
            return new NeighbourIndex([new NeighbourPart(0, table.K, shared.Share(), null)]);
        }

        using (table)
        {
            var half = _lists.Length / 2;
            NeighbourPart Part(long first, long classes)
            {
                var (rows, masks) = OwnedNeighbours.Of(table, first, classes, partition.StartOf(shard), partition.CountOf(shard), team);
                return new NeighbourPart(first, table.K, rows, masks);
            }

            return new NeighbourIndex([Part(0, half), Part(half, _lists.Length - half)]);
        }
    }
}
