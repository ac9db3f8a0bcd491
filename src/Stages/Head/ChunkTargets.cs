// The samples of a micro-batch whose class lies in a chunk of rows.
using static TorchSharp.torch;

namespace XClassFlow.Stages.Head;

/// <summary>Targets inside a chunk; n samples.</summary>
/// <param name="Samples">int64 [n]: row of the micro-batch.</param>
/// <param name="Flat">int64 [n]: position in the chunk's logits, row-major.</param>
/// <param name="Values">float32 [n]: the targets' logits, margin applied.</param>
/// <param name="Slopes">float32 [n]: the margin's slope.</param>
internal sealed record ChunkTargets(Tensor Samples, Tensor Flat, Tensor Values, Tensor Slopes);
