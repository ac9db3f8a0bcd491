// Scores all classes of a shard for evaluation and audits, streamed: top-k and exact softmax statistics without a [b, N] matrix.
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Head;

/// <summary>Streamed scoring over all rows of a shard; no margin.</summary>
internal static unsafe class ClassScores
{
    // A chunk's rows and logits stay in the cache of a core.
    private const int Chunk = 1024;

    // Parts of the classes that are summed apart: always the same, so that sums do not depend on the number of threads.
    private const int MostPieces = 64;

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
        var columns = Array.ConvertAll(labels, l => l >= classStart && l < classStart + weights.Count ? (int)(l - classStart) : -1);
        using var batch = new SoftmaxMicroBatch(embeddings, columns, settings.Normalize, 0);
        k = Math.Min(k, weights.Count);
        var chunks = (weights.Count + Chunk - 1) / Chunk;
        var parts = new ScoreSums[Math.Min(chunks, MostPieces)];
        var scratch = Enumerable.Range(0, weights.Team.Threads).Select(_ => new SoftmaxScratch()).ToArray();
        try
        {
            weights.Prepare(step);
            weights.Team.Run(parts.Length, (piece, worker) =>
            {
                parts[piece] = new ScoreSums(batch.Samples, k);
                for (var chunk = (long)chunks * piece / parts.Length; chunk < (long)chunks * (piece + 1) / parts.Length; chunk++)
                {
                    using var scope = NewDisposeScope();
                    var start = (int)chunk * Chunk;
                    AddChunk(parts[piece], weights, settings, classStart, batch, RowSet.Range(start, Math.Min(Chunk, weights.Count - start)), scratch[worker]);
                }
            });
        }
        finally
        {
            Array.ForEach(scratch, s => s.Dispose());
        }

        var sums = parts.Length > 0 ? parts[0] : new ScoreSums(batch.Samples, k);
        foreach (var part in parts.Skip(1))
        {
            sums.Add(part);
        }

        return (tensor(sums.Scores, [batch.Samples, k]), tensor(sums.Classes, [batch.Samples, k]), tensor([.. sums.Max, .. sums.Sum, .. batch.Targets], [3, batch.Samples]));
    }

    /// <summary>Bytes that <see cref="Of"/> needs beside its arguments.</summary>
    /// <param name="rows">Rows of the shard.</param>
    /// <param name="width">D.</param>
    /// <param name="samples">b.</param>
    /// <param name="k">How many of the best.</param>
    /// <param name="threads">Threads of an operation.</param>
    public static long BytesFor(long rows, int width, int samples, int k, int threads)
    {
        var pieces = Math.Min((rows + Chunk - 1) / Chunk, MostPieces);
        var scratch = threads * Math.Min(Chunk, rows) * (width + samples) * sizeof(float);
        return scratch + (pieces * samples * ((2 * sizeof(float)) + (Math.Min(k, rows) * (sizeof(float) + sizeof(long)))));
    }

    /// <summary>The k best of several candidate lists, [b, any] to [b, k]. In the caller's scope.</summary>
    public static (Tensor Scores, Tensor Classes) Merge(Tensor scores, Tensor classes, int k)
    {
        var (best, index) = scores.topk((int)Math.Min(k, scores.shape[1]), 1, true, true);
        return (best, classes.gather(1, index));
    }

    private static void AddChunk(
        ScoreSums sums, ClassWeights weights, HeadSettings settings, long classStart, SoftmaxMicroBatch batch, RowSet rows, SoftmaxScratch scratch)
    {
        var tile = SoftmaxTile.Read(weights, rows, settings.Normalize, scratch.Matrix);
        var cosines = scratch.Matrix("cosines", batch.Samples, rows.Count);
        cosines.addmm_(batch.Embeddings, tile.Unit.t(), 0, 1);
        var z = TensorMemory.FloatsOf(cosines);
        foreach (var i in batch.TargetsIn((int)rows.Start, rows.Count))
        {
            batch.Targets[i] = (float)settings.Scale * z[((long)i * rows.Count) + batch.ColumnOf(i) - rows.Start];
        }

        for (var i = 0; i < batch.Samples; i++, z += rows.Count)
        {
            sums.Add(i, z, rows.Count, (float)settings.Scale, classStart + rows.Start);
        }
    }
}
