// A micro-batch between its forward and its backward pass.
using static TorchSharp.torch;

namespace XClassFlow.Stages.Head;

/// <summary>What the shard waits with for the other shards' statistics. Its memory belongs to the step.</summary>
/// <param name="Statistics">float32 [5, b], this shard's part (see SoftmaxPart); the caller owns it.</param>
/// <param name="Samples">b.</param>
/// <param name="Backward">
/// From log S + m over all shards, float32 [b], and the classes that all active rows of all shards stand for, float32 [b]: this shard's part of dLoss/dX, float32 [b, D], which the
/// caller owns.
/// </param>
internal sealed record SoftmaxInFlight(Tensor Statistics, int Samples, Func<Tensor, Tensor, Tensor> Backward);
