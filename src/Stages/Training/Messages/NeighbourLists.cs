// For a range of classes, those neighbours that one shard owns.
using XClassFlow.Stages.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>Part of the class graph: neighbours owned by the receiver, for the classes of the sender. Within a process a receiver that owns all classes gets the builder's own table, not a copy.</summary>
/// <param name="Step">The step whose selection uses it first.</param>
/// <param name="MicroBatch">0.</param>
/// <param name="ClassStart">First class of the sender.</param>
/// <param name="Neighbours">K.</param>
/// <param name="Rows">The receiver's local rows, nearest first: int32 [classes, K] where it owns all neighbours, else int32 [entries].</param>
/// <param name="Masks">uint8 [classes, (K + 7) / 8]: bit r where the neighbour of rank r is the receiver's (0: the class itself); null with whole lists.</param>
/// <param name="BuildSeconds">Time the sender took.</param>
/// <param name="Recall">Share of the true neighbours in the graph, on a sample; 1 for an exact one.</param>
/// <param name="Regions">uint8 [N]: region of every class; null where far classes are sampled uniformly, and from all senders but the first.</param>
/// <param name="Affinities">float32 [P, P]: of the regions (<see cref="Selection.ClassRegions"/>); null with them.</param>
public sealed record NeighbourLists(
    long Step, int MicroBatch, long ClassStart, int Neighbours, Tensor Rows, Tensor? Masks, double BuildSeconds, double Recall, Tensor? Regions = null, Tensor? Affinities = null)
    : Message(Step, MicroBatch);
