// For the classes of one shard, those neighbours that another shard owns.
using XClassFlow.Stages.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>Part of the class graph: neighbours owned by the receiver, for the classes of the sender, as CSR.</summary>
/// <param name="Step">The step whose selection uses it first.</param>
/// <param name="MicroBatch">0.</param>
/// <param name="ClassStart">First class of the sender.</param>
/// <param name="Offsets">int64 [classes + 1].</param>
/// <param name="Rows">int32 [entries]: the receiver's local rows, nearest first.</param>
/// <param name="Ranks">uint8 or int32 [entries]: the neighbour's place in the full list of its class (0: the class itself).</param>
/// <param name="BuildSeconds">Time the sender took.</param>
/// <param name="Recall">Share of the true neighbours in the graph, on a sample; 1 for an exact one.</param>
public sealed record NeighbourLists(
    long Step, int MicroBatch, long ClassStart, Tensor Offsets, Tensor Rows, Tensor Ranks, double BuildSeconds, double Recall) : Message(Step, MicroBatch);
