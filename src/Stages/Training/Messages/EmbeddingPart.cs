// One rank's embeddings of a micro-batch, on the way to all shards (all-gather).
using XClassFlow.Stages.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>One rank's embeddings and labels.</summary>
/// <param name="Step">Step.</param>
/// <param name="MicroBatch">Micro-batch.</param>
/// <param name="Plan">The step's plan.</param>
/// <param name="Embeddings">float32 [b, D].</param>
/// <param name="Labels">int64 [b].</param>
public sealed record EmbeddingPart(long Step, int MicroBatch, StepPlan Plan, [Compressible] Tensor Embeddings, Tensor Labels) : Message(Step, MicroBatch);
