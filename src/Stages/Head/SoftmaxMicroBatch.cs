// What a shard remembers of a micro-batch between forward, backward and update.
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Head;

/// <summary>State of one micro-batch of b samples. Owns its tensors.</summary>
internal sealed unsafe class SoftmaxMicroBatch : IDisposable
{
    private readonly int[] _columns;
    private readonly int[] _byColumn;
    private readonly int[] _sortedColumns;
    private readonly Tensor? _inverseNorm;
    private readonly (Tensor Exponentials, float[] Max)?[] _kept;

    /// <param name="embeddings">float32 [b, D], raw.</param>
    /// <param name="columns">Column of each sample's label among the active rows; -1 where another shard has it.</param>
    /// <param name="normalize">Unit embeddings.</param>
    /// <param name="chunks">Chunks of the step.</param>
    public SoftmaxMicroBatch(Tensor embeddings, int[] columns, bool normalize, int chunks)
    {
        _columns = columns;
        _byColumn = [.. Enumerable.Range(0, columns.Length).Where(i => columns[i] >= 0).OrderBy(i => columns[i])];
        _sortedColumns = Array.ConvertAll(_byColumn, i => columns[i]);
        _kept = new (Tensor, float[])?[chunks];
        if (normalize)
        {
            using var scope = NewDisposeScope();
            _inverseNorm = embeddings.norm(1, keepdim: true, p: 2f).AtLeast(1e-12).reciprocal().DetachFromDisposeScope();
            Embeddings = (embeddings * _inverseNorm).DetachFromDisposeScope();
        }
        else
        {
            Embeddings = embeddings.clone().DetachFromDisposeScope();
        }

        EmbeddingSum = Embeddings.sum([0L]).DetachFromDisposeScope();
        (Samples, Width) = (columns.Length, (int)embeddings.shape[1]);
        Targets = new float[Samples];
        Slopes = new float[Samples];
        TargetRows = new float[Samples * Width];
    }

    /// <summary>b.</summary>
    public int Samples { get; }

    /// <summary>D.</summary>
    public int Width { get; }

    /// <summary>float32 [b, D]; unit length with normalize on.</summary>
    public Tensor Embeddings { get; }

    /// <summary>float32 [D]: sum over the samples.</summary>
    public Tensor EmbeddingSum { get; }

    /// <summary>Logit of each target in this shard, margin applied; 0 for others.</summary>
    public float[] Targets { get; }

    /// <summary>The margin's slope at each target; 0 where another shard has it.</summary>
    public float[] Slopes { get; }

    /// <summary>[b, D]: the unit row of each target, zeros where another shard has it.</summary>
    public float[] TargetRows { get; }

    /// <summary>Sums over all chunks.</summary>
    public SoftmaxPartial? Sums { get; set; }

    /// <summary>[b], set by <see cref="Reduced"/>: log S + m over all shards.</summary>
    public float[] LogSum { get; private set; } = [];

    /// <summary>Classes that all active rows of all shards stand for, set by <see cref="Reduced"/>.</summary>
    public double ActiveWeight { get; private set; }

    /// <summary>Column of a sample's target.</summary>
    public int ColumnOf(int sample) => _columns[sample];

    /// <summary>The samples whose target lies in a chunk.</summary>
    public ReadOnlySpan<int> TargetsIn(int start, int count)
    {
        var from = LowerBound(start);
        return _byColumn.AsSpan(from, LowerBound(start + count) - from);
    }

    /// <summary>Back through x/|x|, in place: (g - x (g.x)) / |x|; nothing without normalize.</summary>
    /// <param name="gradient">float32 [b, D].</param>
    public void ThroughNormalisation(float* gradient)
    {
        if (_inverseNorm is null)
        {
            return;
        }

        var unit = TensorMemory.FloatsOf(Embeddings);
        var inverse = TensorMemory.FloatsOf(_inverseNorm);
        for (var i = 0; i < Samples; i++)
        {
            Rows.UpdateKernels.ThroughNormalisation(gradient + ((long)i * Width), unit + ((long)i * Width), inverse[i], Width);
        }
    }

    /// <summary>Keeps a chunk's exp(z - max) until the update.</summary>
    public void Keep(int chunk, Tensor exponentials, float[] max) => _kept[chunk] = (exponentials.DetachFromDisposeScope(), [.. max]);

    public (Tensor Exponentials, float[] Max)? KeptOf(int chunk) => _kept[chunk];

    /// <summary>Lets go of the kept exponentials.</summary>
    public void Forget()
    {
        for (var chunk = 0; chunk < _kept.Length; chunk++)
        {
            _kept[chunk]?.Exponentials.Dispose();
            _kept[chunk] = null;
        }
    }

    /// <summary>Notes what the shards found together.</summary>
    /// <param name="logSum">float32 [b].</param>
    /// <param name="activeWeight">float32 [b], the same for all samples.</param>
    public void Reduced(Tensor logSum, Tensor activeWeight) => (LogSum, ActiveWeight) = (logSum.data<float>().ToArray(), activeWeight.data<float>()[0]);

    /// <summary>
    /// This shard's part of dLoss/dX, from the sums of the forward pass, which are disposed: softmax times rows, less the targets' rows, less what label smoothing spreads.
    /// </summary>
    /// <param name="gradient">float32 [b, D], zeros; written.</param>
    /// <param name="factor">scale / B.</param>
    /// <param name="smoothing">epsilon.</param>
    public void EmbeddingGradient(float* gradient, float factor, float smoothing)
    {
        var sums = Sums!;
        var attracted = TensorMemory.FloatsOf(sums.Attracted);
        var share = (float)(smoothing / ActiveWeight);
        fixed (float* targets = TargetRows, rows = sums.RowSum)
        {
            for (var i = 0; i < Samples; i++)
            {
                var row = gradient + ((long)i * Width);
                Rows.SoftmaxKernels.AddScaled(row, attracted + ((long)i * Width), factor * MathF.Exp(sums.Max[i] - LogSum[i]), Width);
                if (ColumnOf(i) >= 0)
                {
                    Rows.SoftmaxKernels.AddScaled(row, targets + ((long)i * Width), -factor * PullOf(i, smoothing), Width);
                }

                if (smoothing > 0)
                {
                    Rows.SoftmaxKernels.AddScaled(row, rows, -factor * share, Width);
                }
            }
        }

        ThroughNormalisation(gradient);
        sums.Dispose();
    }

    /// <summary>What a target's cosine gains beyond its part in the softmax: 1 - epsilon at the margin's slope, and that slope in its part of the smoothing.</summary>
    public float PullOf(int sample, float smoothing)
        => ((1 - smoothing) * Slopes[sample]) + ((float)(smoothing / ActiveWeight) * (Slopes[sample] - 1));

    public void Dispose()
    {
        Embeddings.Dispose();
        EmbeddingSum.Dispose();
        _inverseNorm?.Dispose();
        Sums?.Dispose();
        Forget();
    }

    private int LowerBound(int column)
    {
        var (low, high) = (0, _sortedColumns.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _sortedColumns[middle] < column ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
