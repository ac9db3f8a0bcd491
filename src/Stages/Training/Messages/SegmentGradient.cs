// A segment's gradient, summed over the rank's micro-batches, on the way to the all-reduce and back.
using XClassFlow.Stages.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>Gradient of one backbone segment.</summary>
/// <param name="Step">Step.</param>
/// <param name="MicroBatch">Number of the segment, from the input's side; segments leave last first.</param>
/// <param name="Gradient">float32 [n], the segment's parameters one after the other.</param>
public sealed record SegmentGradient(long Step, int MicroBatch, [Compressible] Tensor Gradient) : Message(Step, MicroBatch);
