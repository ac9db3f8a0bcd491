// The exact class graph against brute force in double precision.
using XClassFlow.Stages.Selection;
using XClassFlow.Stages.Tests.Head;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Tests.Selection;

public sealed class ExactNeighboursTests
{
    [Theory]
    [InlineData(300, 8, 1, 16)]
    [InlineData(300, 8, 7, 16)]
    [InlineData(20, 4, 3, 20)]
    [InlineData(9000, 4, 2, 5)]
    public void EqualBruteForce(int n, int d, int shards, int k)
    {
        using var scope = NewDisposeScope();
        var w = UnitRows(n, d);
        var parts = Parts(w, d, shards);
        var start = parts[^1].ClassStart;
        var found = ExactNeighbours.Of(parts[^1].Rows, start, parts, k);
        Assert.Equal([parts[^1].Rows.shape[0], k], found.shape);
        var lists = found.data<long>().ToArray().Chunk(k).ToArray();
        for (var i = 0; i < lists.Length; i += lists.Length > 1000 ? 37 : 1)
        {
            BruteForce.AssertNearest(w, (int)start + i, lists[i]);
        }
    }

    [Fact]
    public void TheClassItselfIsFirstAmongEqualRows()
    {
        using var scope = NewDisposeScope();
        var w = UnitRows(12, 4);
        for (var c = 4; c < 12; c++)
        {
            w[c] = w[3];
        }

        var parts = Parts(w, 4, 3);
        for (var s = 0; s < 3; s++)
        {
            var lists = ExactNeighbours.Of(parts[s].Rows, parts[s].ClassStart, parts, 6).data<long>().ToArray().Chunk(6).ToArray();
            Assert.All(lists.Select((list, i) => (list, Class: parts[s].ClassStart + i)), l =>
            {
                Assert.Equal(l.Class, l.list[0]);
                BruteForce.AssertNearest(w, (int)l.Class, l.list);
            });
        }
    }

    internal static double[][] UnitRows(int n, int d)
        => Array.ConvertAll(Matrices.Normal(n, d, 1, 21), row =>
        {
            var norm = Math.Sqrt(row.Sum(v => v * v));
            return Array.ConvertAll(row, v => (double)(float)(v / norm));
        });

    private static (long ClassStart, Tensor Rows)[] Parts(double[][] w, int d, int shards)
    {
        var partition = new Stages.Head.ClassPartition(w.Length, shards);
        return [.. Enumerable.Range(0, shards).Select(s =>
        {
            var (start, count) = ((int)partition.StartOf(s), (int)partition.CountOf(s));
            return ((long)start, Matrices.ToTensor(w[start..(start + count)], d));
        })];
    }
}
