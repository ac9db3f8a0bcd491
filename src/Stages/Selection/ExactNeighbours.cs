// Exact nearest classes by tiled products with a running top-K.
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Selection;

/// <summary>The exact class graph by libtorch: 2 N^2 D operations, memory of one tile pair. The oracle and the baseline for the builders in Graph.</summary>
internal static class ExactNeighbours
{
    private const int QueryTile = 1024;
    private const int KeyTile = 8192;

    /// <summary>For each query row its K nearest keys by inner product, the row itself first.</summary>
    /// <param name="queries">float32 [n, D], unit rows; borrowed.</param>
    /// <param name="queryStart">Class of the first query row.</param>
    /// <param name="shards">All shards' rows with their first classes; borrowed.</param>
    /// <param name="k">K, at most the number of classes.</param>
    /// <returns>int64 [n, K] class numbers, nearest first; the caller owns it.</returns>
    public static Tensor Of(Tensor queries, long queryStart, IReadOnlyList<(long ClassStart, Tensor Rows)> shards, int k)
    {
        using var scope = NewDisposeScope();
        var n = queries.shape[0];
        var result = empty(n, k, ScalarType.Int64);
        for (var start = 0L; start < n; start += QueryTile)
        {
            using var inner = NewDisposeScope();
            var count = Math.Min(QueryTile, n - start);
            var found = Nearest(queries.narrow(0, start, count), queryStart + start, shards, k);
            result.narrow(0, start, count).copy_(found);
        }

        return result.MoveToOuterDisposeScope();
    }

    private static Tensor Nearest(Tensor queries, long queryStart, IReadOnlyList<(long ClassStart, Tensor Rows)> shards, int k)
    {
        var n = queries.shape[0];
        var scores = empty(n, 0, ScalarType.Float32);
        var classes = empty(n, 0, ScalarType.Int64);
        foreach (var (classStart, rows) in shards)
        {
            for (var start = 0L; start < rows.shape[0]; start += KeyTile)
            {
                using var scope = NewDisposeScope();
                var count = Math.Min(KeyTile, rows.shape[0] - start);
                var product = queries.mm(rows.narrow(0, start, count).t());
                PutSelfFirst(product, queryStart, classStart + start);
                var (best, index) = product.topk((int)Math.Min(k, count), 1, true, true);
                (scores, classes) = Merge(cat([scores, best], 1), cat([classes, index.Plus(classStart + start)], 1), k);
                scores.MoveToOuterDisposeScope();
                classes.MoveToOuterDisposeScope();
            }
        }

        return classes;
    }

    private static (Tensor Scores, Tensor Classes) Merge(Tensor scores, Tensor classes, int k)
        => Head.ClassScores.Merge(scores, classes, k);

    // Equal rows would otherwise tie with the class itself.
    private static void PutSelfFirst(Tensor product, long queryStart, long keyStart)
    {
        var offset = queryStart - keyStart;
        if (offset < product.shape[1] && -offset < product.shape[0])
        {
            product.diagonal((int)offset, 0, 1).fill_(Scalars.Of(float.MaxValue));
        }
    }
}
