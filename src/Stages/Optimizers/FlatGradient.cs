// Cuts a segment's flat gradient into those of its parameters.
using XClassFlow.Stages.Backbones;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Optimizers;

/// <summary>Views of a flat gradient, in parameter order.</summary>
internal static class FlatGradient
{
    /// <summary>Every parameter of a segment with its part of the gradient, which shares the gradient's memory.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="gradient">float32 [n]; stays the caller's.</param>
    /// <exception cref="ArgumentException">Another number of values.</exception>
    public static IEnumerable<(int Index, Tensor Weight, Tensor Gradient)> Of(Segment segment, Tensor gradient)
    {
        if (gradient.dim() != 1 || gradient.shape[0] != segment.ParameterCount)
        {
            throw new ArgumentException(
                $"the gradient of segment {segment.Name} has shape [{string.Join(", ", gradient.shape)}], not [{segment.ParameterCount}]", nameof(gradient));
        }

        return Parts(segment, gradient);
    }

    /// <summary>Whether decay and trust ratios leave a parameter out: biases and those of norms, which are the ones of one dimension.</summary>
    public static bool IsExcluded(Tensor weight) => weight.dim() <= 1;

    private static IEnumerable<(int Index, Tensor Weight, Tensor Gradient)> Parts(Segment segment, Tensor gradient)
    {
        long start = 0;
        for (var i = 0; i < segment.Parameters.Count; i++)
        {
            var weight = segment.Parameters[i];
            yield return (i, weight, gradient.narrow(0, start, weight.numel()).view(weight.shape));
            start += weight.numel();
        }
    }
}
