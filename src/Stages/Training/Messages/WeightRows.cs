// A shard's class weights as the class graph builder needs them.
using XClassFlow.Stages.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>All rows of a shard, for building the class graph.</summary>
/// <param name="Step">The step whose selection will use the graph first.</param>
/// <param name="MicroBatch">0.</param>
/// <param name="ClassStart">First class of the shard.</param>
/// <param name="Rows">float32 or bfloat16 [num_local, D], not normalised; the shard's own memory within a process.</param>
public sealed record WeightRows(long Step, int MicroBatch, long ClassStart, Tensor Rows) : Message(Step, MicroBatch);
