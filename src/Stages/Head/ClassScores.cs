// Scores all classes of a shard for evaluation and audits, streamed: top-k and exact softmax statistics without a [b, N] matrix.
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Head;

/// <summary>Streamed scoring over all rows of a shard; no margin.</summary>
internal static class ClassScores
{
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
        using var batch = new SoftmaxMicroBatch(embeddings, columns, settings.Normalize);
        var max = full(b, Scalars.Of(float.NegativeInfinity), ScalarType.Float32);
        var sum = zeros(b, ScalarType.Float32);
        var target = zeros(b, ScalarType.Float32);
        var scores = empty(b, 0, ScalarType.Float32);
        var classes = empty(b, 0, ScalarType.Int64);
        for (var start = 0; start < weights.Count; start += settings.Chunk)
        {
            using var inner = NewDisposeScope();
            var count = Math.Min(settings.Chunk, weights.Count - start);
            var tile = new HeadTile(weights.Read(RowSet.Range(start, count), step, withMomentum: false), settings.Normalize);
            var logits = batch.Embeddings.mm(tile.Unit.t()).TimesInPlace(settings.Scale);
            var chunkMax = maximum(max, logits.amax([1]));
            sum.mul_((max - chunkMax).exp().nan_to_num(0)).PlusInPlace((logits - chunkMax.unsqueeze(1)).exp_().sum(1));
            max.copy_(chunkMax);
            if (batch.TargetsIn(start, count) is { } targets)
            {
                target.index_copy_(0, targets.Samples, logits.view(-1).index_select(0, targets.Flat));
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
}
