// An optimizer that can leave its momentum to those who send the gradients.
using XClassFlow.Stages.Backbones;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Optimizers;

/// <summary>Takes steps of both kinds in any order: what earlier whole gradients left in the momentum goes on in it.</summary>
public interface ICorrectedOptimizer : IBackboneOptimizer
{
    /// <summary>Applies one step with a gradient that has the momentum in it; weight decay keeps the optimizer's own.</summary>
    /// <param name="segment">One of those given at construction.</param>
    /// <param name="gradient">[n] fp32 on the parameters' device, in parameter order; stays the caller's.</param>
    /// <param name="rate">Learning rate of this step.</param>
    /// <exception cref="ArgumentException">Another segment, or a gradient of another shape.</exception>
    void ApplyCorrected(Segment segment, Tensor gradient, double rate);
}
