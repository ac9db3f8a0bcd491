// A shard's sampled rows of an audit, for all shards (all-gather).
using XClassFlow.Stages.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>The sampled classes that a shard owns, as they stand before the step's update.</summary>
/// <param name="Step">Step.</param>
/// <param name="MicroBatch">0.</param>
/// <param name="Classes">Their numbers, ascending.</param>
/// <param name="Rows">float32 [classes, D], unit rows.</param>
public sealed record AuditRows(long Step, int MicroBatch, long[] Classes, Tensor Rows) : Message(Step, MicroBatch);
