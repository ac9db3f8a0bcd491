// The all-reduce of the softmax statistics: parts of all shards in, the global values out, summed in the order of the shards.
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Head;

/// <summary>Global softmax statistics of b samples.</summary>
/// <param name="LogSum">float32 [b]: log S + m.</param>
/// <param name="Target">float32 [b]: the target's logit.</param>
/// <param name="Max">float32 [b].</param>
/// <param name="Weighted">float32 [b]: weighted sum of logits; absent in evaluation.</param>
/// <param name="ActiveWeight">float32 [b]: classes that the active rows stand for; absent in evaluation.</param>
internal sealed record SoftmaxReduction(Tensor LogSum, Tensor Target, Tensor Max, Tensor? Weighted, Tensor? ActiveWeight)
{
    /// <param name="parts">One [3 or 5, b] per shard.</param>
    public static SoftmaxReduction Of(IReadOnlyList<Tensor> parts)
    {
        var max = parts[0].select(0, 0);
        for (var i = 1; i < parts.Count; i++)
        {
            max = maximum(max, parts[i].select(0, 0));
        }

        var sum = zeros_like(max);
        var target = zeros_like(max);
        var weighted = parts[0].shape[0] > 3 ? zeros_like(max) : null;
        var activeWeight = parts[0].shape[0] > 3 ? zeros_like(max) : null;
        foreach (var part in parts)
        {
            sum.PlusInPlace(part.select(0, 1) * (part.select(0, 0) - max).exp());
            target.PlusInPlace(part.select(0, 2));
            weighted?.PlusInPlace(part.select(0, 3));
            activeWeight?.PlusInPlace(part.select(0, 4));
        }

        return new SoftmaxReduction(sum.log_().PlusInPlace(max), target, max, weighted, activeWeight);
    }

    /// <summary>Those of the first samples; views.</summary>
    public SoftmaxReduction First(int samples)
        => new(LogSum.narrow(0, 0, samples), Target.narrow(0, 0, samples), Max.narrow(0, 0, samples), Weighted?.narrow(0, 0, samples), ActiveWeight?.narrow(0, 0, samples));

    /// <summary>Sum over the samples of the cross entropy with label smoothing epsilon over the active classes.</summary>
    public double LossSum(double smoothing)
    {
        var loss = LogSum - Target.Times(1 - smoothing);
        if (smoothing > 0 && Weighted is not null)
        {
            loss = loss - (Weighted.Times(smoothing) / ActiveWeight!);
        }

        return loss.sum(ScalarType.Float64).item<double>();
    }
}
