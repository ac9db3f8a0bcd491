// One shard's part of dLoss/dX for one rank's samples (reduce-scatter).
using XClassFlow.Stages.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>A shard's contribution to the gradient of a rank's embeddings; the sum over shards is the gradient.</summary>
/// <param name="Step">Step.</param>
/// <param name="MicroBatch">Micro-batch.</param>
/// <param name="Gradient">float32 [b, D].</param>
public sealed record EmbeddingGradient(long Step, int MicroBatch, [Compressible] Tensor Gradient) : Message(Step, MicroBatch);
