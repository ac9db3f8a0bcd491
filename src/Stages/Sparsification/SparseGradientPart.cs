// One rank's part of a segment's gradient on its way to all ranks.
using XClassFlow.Stages.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Sparsification;

/// <summary>A rank's code of a segment's gradient.</summary>
/// <param name="Step">Step.</param>
/// <param name="MicroBatch">Number of the segment.</param>
/// <param name="Code">uint8 [b], see <see cref="SparseGradients"/>.</param>
public sealed record SparseGradientPart(long Step, int MicroBatch, Tensor Code) : Message(Step, MicroBatch);
