// A part of a piece of a segment's gradient on its way through the all-reduce.
using XClassFlow.Stages.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>Part c of R of a piece of a segment's flat gradient: one rank's, on the way to exchange c, or the sum over all ranks, on the way from exchange c to another.</summary>
/// <param name="Step">Step.</param>
/// <param name="MicroBatch">Segment x R + the sender: what one sender sends of one segment comes in its order, and all else in any.</param>
/// <param name="Segment">Number of the segment.</param>
/// <param name="Piece">Number of the piece in the segment.</param>
/// <param name="Rank">The sender.</param>
/// <param name="Gradient">float32 [n div R] or one more, n the length of the piece; may be empty.</param>
public sealed record GradientPart(long Step, int MicroBatch, int Segment, int Piece, int Rank, [Compressible] Tensor Gradient) : Message(Step, MicroBatch);
