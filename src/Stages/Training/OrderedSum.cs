// Sums and means of the parts of an exchange in the order of the senders, so that the result does not depend on arrival.
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>Ordered summation.</summary>
internal static class OrderedSum
{
    /// <summary>The sum of equal-shaped tensors; a single one is returned as it is. In the caller's scope; the parts stay untouched.</summary>
    public static Tensor Of(IReadOnlyList<Tensor> parts)
    {
        if (parts.Count == 1)
        {
            return parts[0];
        }

        var sum = parts[0].Plus(parts[1]);
        for (var i = 2; i < parts.Count; i++)
        {
            sum.PlusInPlace(parts[i]);
        }

        return sum;
    }

    /// <summary>The mean of equal-shaped float32 tensors, taken in float64, so that the mean of equal parts is the part. In the caller's scope.</summary>
    public static Tensor MeanOf(IReadOnlyList<Tensor> parts)
        => Of([.. parts.Select(p => p.to(ScalarType.Float64))]).Times(1.0 / parts.Count).to(ScalarType.Float32);
}
