// One shard's part of dLoss/dX for one rank's samples (reduce-scatter).
using XClassFlow.Stages.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>A shard's contribution to the gradient of a rank's embeddings; the sum over shards is the gradient.</summary>
/// <param name="Step">Step.</param>
/// <param name="MicroBatch">Micro-batch.</param>
/// <param name="Gradient">float32 [b, D].</param>
/// <param name="LeftOut">Set with the step's last micro-batch where its loss forbids the step; all shards agree, because all have seen the same statistics.</param>
public sealed record EmbeddingGradient(long Step, int MicroBatch, [Compressible] Tensor Gradient, bool LeftOut = false) : Message(Step, MicroBatch);
