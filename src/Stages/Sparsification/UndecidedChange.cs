// What a step would change in a segment's residual, while it is not known whether the step is applied.
using static TorchSharp.torch;

namespace XClassFlow.Stages.Sparsification;

/// <summary>Owns the tensor, which shares the gradient's memory.</summary>
/// <param name="Gradient">float32 [n], what is to be taken in; null where all that waited was given up.</param>
/// <param name="Factor">What it is multiplied by.</param>
/// <param name="Count">How many values were sent.</param>
internal sealed record UndecidedChange(Tensor? Gradient, float Factor, int Count) : IDisposable
{
    public void Dispose() => Gradient?.Dispose();
}
