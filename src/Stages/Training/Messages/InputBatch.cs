// A decoded micro-batch, ready for the backbone.
using XClassFlow.Stages.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>Decoded samples of a micro-batch.</summary>
/// <param name="Step">Step.</param>
/// <param name="MicroBatch">Micro-batch.</param>
/// <param name="Plan">The step's plan.</param>
/// <param name="Inputs">float32 [b, C, H, W] or [b, F].</param>
/// <param name="Labels">int64 [b].</param>
public sealed record InputBatch(long Step, int MicroBatch, StepPlan Plan, Tensor Inputs, Tensor Labels) : Message(Step, MicroBatch);
