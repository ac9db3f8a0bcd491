// A shard's best classes for each sample of an evaluation batch.
using XClassFlow.Stages.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>A shard's top-k over its classes, with its part of the exact softmax.</summary>
/// <param name="Step">Step.</param>
/// <param name="MicroBatch">Evaluation batch.</param>
/// <param name="Plan">The pass's plan.</param>
/// <param name="Scores">float32 [b, k], descending.</param>
/// <param name="Classes">int64 [b, k].</param>
/// <param name="Statistics">float32 [3, b]: max logit, sum of exp(logit - max), the target's logit where owned, else 0.</param>
/// <param name="Labels">int64 [b].</param>
public sealed record Candidates(
    long Step, int MicroBatch, StepPlan Plan, Tensor Scores, Tensor Classes, Tensor Statistics, Tensor Labels) : Message(Step, MicroBatch);
