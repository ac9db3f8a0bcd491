// What a weight update of the backbone is: flat gradients in, parameters changed in place.
using XClassFlow.Data;
using XClassFlow.Stages.Backbones;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Optimizers;

/// <summary>
/// Updates the segments that it was made for. Every rank applies the same reduced gradient, so that the replicas stay equal. One thread at a time.
/// Owns its state, not the parameters.
/// </summary>
public interface IBackboneOptimizer : IDisposable
{
    /// <summary>Applies one step to one segment; segments are independent, and any order gives the same result.</summary>
    /// <param name="segment">One of those given at construction.</param>
    /// <param name="gradient">[n] fp32 on the parameters' device, in parameter order; stays the caller's.</param>
    /// <param name="rate">Learning rate of this step.</param>
    /// <exception cref="ArgumentException">Another segment, or a gradient of another shape.</exception>
    void Apply(Segment segment, Tensor gradient, double rate);

    /// <summary>What layer-wise optimizers multiplied the rate with in the last <see cref="Apply"/> of every segment, one factor a parameter that has one; null for others.</summary>
    double[]? TrustRatios() => null;

    /// <summary>State for checkpoints, in a stable order with unique names; may be empty.</summary>
    IReadOnlyList<NamedTensor> NamedTensors();

    /// <summary>Copies a checkpoint's state into this optimizer's.</summary>
    /// <param name="source">By name; tensors stay the caller's, names of others are ignored.</param>
    /// <param name="where">The checkpoint's name, for messages.</param>
    /// <exception cref="UserErrorException">One is missing or has another shape; nothing was changed.</exception>
    void Load(IReadOnlyDictionary<string, Tensor> source, string where);
}
