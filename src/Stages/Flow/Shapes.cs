// Checks a tensor at a stage's entry: libtorch aborts the process on some mismatches, so they are found here.
using static TorchSharp.torch;

namespace XClassFlow.Stages.Flow;

/// <summary>Entry checks for tensors; -1 stands for any size.</summary>
public static class Shapes
{
    /// <exception cref="InvalidOperationException">The tensor has another type or shape; the message names both.</exception>
    public static void Require(Tensor? tensor, string name, ScalarType type, params ReadOnlySpan<long> shape)
    {
        if (tensor is null || tensor.IsInvalid)
        {
            throw new InvalidOperationException($"{name} is missing");
        }

        var fits = tensor.dtype == type && tensor.shape.Length == shape.Length;
        for (var i = 0; fits && i < shape.Length; i++)
        {
            fits = shape[i] < 0 || tensor.shape[i] == shape[i];
        }

        if (!fits)
        {
            throw new InvalidOperationException(
                $"{name} is {tensor.dtype} [{string.Join(", ", tensor.shape)}], expected {type} [{string.Join(", ", shape.ToArray().Select(s => s < 0 ? "any" : s.ToString()))}]");
        }
    }
}
