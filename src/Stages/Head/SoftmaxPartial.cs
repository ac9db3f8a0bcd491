// What a worker has summed over a part of the chunks.
using XClassFlow.Stages.Head.Rows;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Head;

/// <summary>
/// Online softmax statistics of b samples (Milakov and Gimelshein, arXiv 1805.02867) and, in the same pass, the sum of exp(z - max) w, which is dX but for factors per sample that the
/// other shards have a part in. FlashAttention (arXiv 2205.14135) rescales its output in the same way. Owns its tensor.
/// </summary>
internal sealed unsafe class SoftmaxPartial : IDisposable
{
    private readonly int _width;

    public SoftmaxPartial(int samples, int width)
    {
        _width = width;
        Max = new float[samples];
        Array.Fill(Max, float.NegativeInfinity);
        Sum = new float[samples];
        Weighted = new float[samples];
        RowSum = new float[width];
        Attracted = zeros(samples, width, ScalarType.Float32).DetachFromDisposeScope();
    }

    /// <summary>Largest logit of each sample.</summary>
    public float[] Max { get; }

    /// <summary>Sum of exp(z - max).</summary>
    public float[] Sum { get; }

    /// <summary>Sum of logits, each as often as its row stands for classes; with label smoothing.</summary>
    public float[] Weighted { get; }

    /// <summary>Sum of the unit rows [D], each as often as it stands for classes; with label smoothing.</summary>
    public float[] RowSum { get; }

    /// <summary>float32 [b, D]: sum of exp(z - max) w, at a target times the margin's slope.</summary>
    public Tensor Attracted { get; }

    /// <summary>Takes a larger maximum: what was summed so far is scaled to it.</summary>
    public void Raise(int sample, float max)
    {
        if (max > Max[sample])
        {
            var factor = MathF.Exp(Max[sample] - max);
            Sum[sample] *= factor;
            var row = TensorMemory.FloatsOf(Attracted) + ((long)sample * _width);
            Selection.Graph.RowKernels.Scale(row, factor, row, _width);
            Max[sample] = max;
        }
    }

    /// <summary>Adds the sums over other chunks.</summary>
    public void Add(SoftmaxPartial other)
    {
        var from = TensorMemory.FloatsOf(other.Attracted);
        var to = TensorMemory.FloatsOf(Attracted);
        for (var i = 0; i < Max.Length; i++, from += _width, to += _width)
        {
            Raise(i, other.Max[i]);
            if (float.IsNegativeInfinity(other.Max[i]))
            {
                // Nothing there, or logits that are no numbers: then so is the sum.
                Sum[i] += other.Sum[i];
                continue;
            }

            var factor = MathF.Exp(other.Max[i] - Max[i]);
            Sum[i] += other.Sum[i] * factor;
            Weighted[i] += other.Weighted[i];
            SoftmaxKernels.AddScaled(to, from, factor, _width);
        }

        for (var d = 0; d < _width; d++)
        {
            RowSum[d] += other.RowSum[d];
        }
    }

    public void Dispose() => Attracted.Dispose();
}
