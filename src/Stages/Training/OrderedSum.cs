// Sums the parts of an exchange in the order of the senders, so that the result does not depend on arrival.
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

        var sum = parts[0].clone();
        for (var i = 1; i < parts.Count; i++)
        {
            sum.PlusInPlace(parts[i]);
        }

        return sum;
    }
}
