// A segment's gradient with the momentum in it.
using XClassFlow.Stages.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Sparsification;

/// <summary>The sum of what all ranks sent of a segment's gradient. Momentum was applied before values were selected.</summary>
/// <param name="Step">Step.</param>
/// <param name="MicroBatch">Number of the segment.</param>
/// <param name="Gradient">float32 [n], the segment's parameters one after the other; zero where nothing was sent.</param>
public sealed record CorrectedGradient(long Step, int MicroBatch, Tensor Gradient) : Message(Step, MicroBatch);
