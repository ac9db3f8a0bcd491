// Puts the ranks' parts of a segment's gradient together.
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Sparsification;

/// <summary>The merge of the all-gather: every rank does it, in the order of the ranks, so all have the same bits.</summary>
public static class SparseGradients
{
    /// <summary>The sum of all parts.</summary>
    /// <param name="parts">uint8 [b] of each rank, as <see cref="GradientSparsifier.Compress"/> gives them; stay the caller's.</param>
    /// <param name="length">n.</param>
    /// <returns>float32 [n]; the caller's.</returns>
    /// <exception cref="FormatException">One is not a code of a gradient of this length.</exception>
    public static Tensor Merge(IReadOnlyList<Tensor> parts, long length)
    {
        var sum = zeros(length);
        foreach (var part in parts)
        {
            SparseCode.AddTo(TensorMemory.SpanOf<byte>(part), TensorMemory.SpanOf<float>(sum));
            GC.KeepAlive(part);
        }

        GC.KeepAlive(sum);
        return sum;
    }
}
