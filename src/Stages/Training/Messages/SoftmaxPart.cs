// One shard's part of the softmax statistics of a micro-batch (all-reduce).
using XClassFlow.Stages.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>A shard's softmax statistics over its active rows.</summary>
/// <param name="Step">Step.</param>
/// <param name="MicroBatch">Micro-batch.</param>
/// <param name="Statistics">
/// float32 [5, b]: max logit; sum of exp(logit - max); the target's logit where this shard owns it, else 0; weighted sum of logits (0 without label smoothing); classes that the
/// sample's active rows of this shard stand for.
/// </param>
public sealed record SoftmaxPart(long Step, int MicroBatch, Tensor Statistics) : Message(Step, MicroBatch);
