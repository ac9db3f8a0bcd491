// Builds the class graph of one shard's classes and gives every shard the neighbours it owns.
using System.Diagnostics;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Head;
using XClassFlow.Stages.Training;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Selection;

/// <summary>One shard of the exact class graph builder: receives the rows of all shards, finds the K nearest classes of its own, and scatters the lists by owner.</summary>
public sealed class ClassGraphBuilder : Stage
{
    private readonly ClassPartition _partition;
    private readonly int _shard;
    private readonly int _k;
    private readonly Outlet<NeighbourLists> _neighbours;

    /// <param name="partition">Which shard owns which classes.</param>
    /// <param name="shard">This shard.</param>
    /// <param name="k">K neighbours per class, itself included.</param>
    public ClassGraphBuilder(ClassPartition partition, int shard, int k)
    {
        _partition = partition;
        _shard = shard;
        _k = k;
        Gather<WeightRows>("rows", OnRows);
        _neighbours = Out<NeighbourLists>("neighbours");
    }

    private void OnRows(IReadOnlyList<WeightRows> parts)
    {
        var clock = Stopwatch.StartNew();
        var own = parts[_shard];
        var nearest = ExactNeighbours.Of(own.Rows, own.ClassStart, [.. parts.Select(p => (p.ClassStart, p.Rows))], _k).data<long>().ToArray();
        var classes = (int)_partition.CountOf(_shard);
        for (var owner = 0; owner < _partition.Shards; owner++)
        {
            var (offsets, rows, ranks) = OwnedBy(owner, nearest, classes);
            _neighbours.SendTo(owner, new NeighbourLists(
                own.Step, 0, own.ClassStart, tensor(offsets), tensor(rows), tensor(ranks), clock.Elapsed.TotalSeconds));
        }
    }

    private (long[] Offsets, int[] Rows, int[] Ranks) OwnedBy(int owner, long[] nearest, int classes)
    {
        var (start, count) = (_partition.StartOf(owner), _partition.CountOf(owner));
        var offsets = new long[classes + 1];
        var rows = new List<int>();
        var ranks = new List<int>();
        for (var c = 0; c < classes; c++)
        {
            for (var rank = 0; rank < _k; rank++)
            {
                var row = nearest[((long)c * _k) + rank] - start;
                if (row >= 0 && row < count)
                {
                    rows.Add((int)row);
                    ranks.Add(rank);
                }
            }

            offsets[c + 1] = rows.Count;
        }

        return (offsets, [.. rows], [.. ranks]);
    }
}
