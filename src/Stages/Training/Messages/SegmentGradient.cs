// A segment's gradient, summed over the rank's micro-batches, on the way to the all-reduce and back.
using XClassFlow.Stages.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>Gradient of one backbone segment.</summary>
/// <param name="Step">Step.</param>
/// <param name="MicroBatch">Number of the segment, from the input's side; segments leave last first.</param>
/// <param name="Gradient">float32 [n], the segment's parameters one after the other; [0] where the step is left out.</param>
/// <param name="LeftOut">The head left the step out: no gradients come, on no rank.</param>
/// <param name="Guarded">The ranks tell each other, before any sum is there, whether theirs are numbers (<see cref="GradientCheck"/>).</param>
public sealed record SegmentGradient(long Step, int MicroBatch, [Compressible] Tensor Gradient, bool LeftOut = false, bool Guarded = false) : Message(Step, MicroBatch)
{
    /// <summary>Says, once for all segments, that a step has no gradients.</summary>
    public static SegmentGradient None(long step) => new(step, 0, zeros(0), LeftOut: true);
}
