// A part of a segment's gradient on its way through the all-reduce.
using XClassFlow.Stages.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>Part c of R of a segment's flat gradient: one rank's, on the way to exchange c, or the sum over all ranks, on the way back to all.</summary>
/// <param name="Step">Step.</param>
/// <param name="MicroBatch">Number of the segment.</param>
/// <param name="Gradient">float32 [n div R] or one more; may be empty.</param>
public sealed record GradientPart(long Step, int MicroBatch, [Compressible] Tensor Gradient) : Message(Step, MicroBatch);
