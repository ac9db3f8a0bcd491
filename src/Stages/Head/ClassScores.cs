// Scores all classes of a shard for evaluation and audits, streamed: top-k and exact softmax statistics without a [b, N] matrix.
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Head;

/// <summary>Streamed scoring over all rows of a shard; no margin.</summary>
internal static unsafe class ClassScores
{
    // All threads share a product here, and the best of a chunk are found by libtorch.
    private const int Chunk = 8192;
    private const int Block = 1024;

    /// <summary>The best classes of each sample, and its softmax statistics over the shard. The caller owns the tensors.</summary>
    /// <param name="weights">The shard's rows; borrowed.</param>
    /// <param name="settings">Head settings.</param>
    /// <param name="step">The step whose weights count.</param>
    /// <param name="classStart">First class of the shard.</param>
    /// <param name="embeddings">float32 [b, D], raw.</param>
    /// <param name="labels">Classes of the samples; -1 where unknown.</param>
    /// <param name="k">How many of the best; fewer are given when the shard has fewer.</param>
    /// <returns>Scores float32 [b, k'] descending, classes int64 [b, k'], statistics float32 [3, b]: max, sum of exp, target's logit or 0.</returns>
    public static (Tensor Scores, Tensor Classes, Tensor Statistics) Of(
        ClassWeights weights, HeadSettings settings, long step, long classStart, Tensor embeddings, long[] labels, int k)
    {
        using var scope = NewDisposeScope();
        var b = embeddings.shape[0];
        var columns = Array.ConvertAll(labels, l => l >= classStart && l < classStart + weights.Count ? (int)(l - classStart) : -1);
        using var batch = new SoftmaxMicroBatch(embeddings, columns, settings.Normalize, 0);
        var max = full(b, Scalars.Of(float.NegativeInfinity), ScalarType.Float32);
        var sum = zeros(b, ScalarType.Float32);
        var target = zeros(b, ScalarType.Float32);
        var scores = empty(b, 0, ScalarType.Float32);
        var classes = empty(b, 0, ScalarType.Int64);
        weights.Prepare(step);
        for (var start = 0; start < weights.Count; start += Chunk)
        {
            using var inner = NewDisposeScope();
            var count = Math.Min(Chunk, weights.Count - start);
            var rows = Rows(weights, RowSet.Range(start, count), settings.Normalize);
            var logits = batch.Embeddings.mm(rows.t()).TimesInPlace(settings.Scale);
            var chunkMax = maximum(max, logits.amax([1]));
            sum.mul_((max - chunkMax).exp().nan_to_num(0)).PlusInPlace((logits - chunkMax.unsqueeze(1)).exp_().sum(1));
            max.copy_(chunkMax);
            foreach (var i in batch.TargetsIn(start, count))
            {
                target[i].copy_(logits[i, columns[i] - start]);
            }

            var (best, index) = logits.topk(Math.Min(k, count), 1, true, true);
            (scores, classes) = Merge(cat([scores, best], 1), cat([classes, index.Plus(classStart + start)], 1), k);
            scores.MoveToOuterDisposeScope();
            classes.MoveToOuterDisposeScope();
        }

        return (scores.MoveToOuterDisposeScope(), classes.MoveToOuterDisposeScope(), stack([max, sum, target]).MoveToOuterDisposeScope());
    }

    /// <summary>The k best of several candidate lists, [b, any] to [b, k]. In the caller's scope.</summary>
    public static (Tensor Scores, Tensor Classes) Merge(Tensor scores, Tensor classes, int k)
    {
        var (best, index) = scores.topk((int)Math.Min(k, scores.shape[1]), 1, true, true);
        return (best, classes.gather(1, index));
    }

    private static Tensor Rows(ClassWeights weights, RowSet rows, bool normalize)
    {
        if (!normalize && weights.InPlace(rows) is { } stored)
        {
            return stored;
        }

        var unit = empty(rows.Count, weights.Width, ScalarType.Float32);
        var inverses = empty(rows.Count, ScalarType.Float32);
        var to = TensorMemory.FloatsOf(unit);
        var lengths = normalize ? TensorMemory.FloatsOf(inverses) : null;
        weights.Team.RunBlocks(rows.Count, Block, (start, count, _) =>
            weights.Gather(rows.Slice((int)start, count), to + (start * weights.Width), lengths == null ? null : lengths + start));
        return unit;
    }
}
