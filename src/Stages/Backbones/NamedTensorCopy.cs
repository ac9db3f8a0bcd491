// Copies a checkpoint's tensors into a component's own, all or nothing.
using XClassFlow.Data;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Backbones;

/// <summary>Restoring state by name.</summary>
public static class NamedTensorCopy
{
    /// <summary>Checks every name and shape first, then copies.</summary>
    /// <param name="target">The component's tensors.</param>
    /// <param name="source">By name; stay the caller's. Names that the target does not have are ignored.</param>
    /// <param name="where">The checkpoint's name, for messages.</param>
    /// <exception cref="UserErrorException">One is missing or has another shape; nothing was changed.</exception>
    public static void Into(IReadOnlyList<NamedTensor> target, IReadOnlyDictionary<string, Tensor> source, string where)
    {
        foreach (var (name, tensor) in target)
        {
            if (!source.TryGetValue(name, out var found))
            {
                throw new UserErrorException($"tensor '{name}' is missing", where, "use the settings of the run that wrote it, and samples of the same shape");
            }

            if (!found.shape.AsSpan().SequenceEqual(tensor.shape))
            {
                throw new UserErrorException(
                    $"tensor '{name}' has shape [{string.Join(", ", found.shape)}], the model wants [{string.Join(", ", tensor.shape)}]",
                    where,
                    "use the settings of the run that wrote it, and samples of the same shape");
            }
        }

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (name, tensor) in target)
        {
            tensor.copy_(source[name]);
        }
    }
}
