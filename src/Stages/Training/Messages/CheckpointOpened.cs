// Tells the writers that a checkpoint has begun.
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Training;

/// <summary>A checkpoint is in the making; every writer adds its part.</summary>
/// <param name="Step">The step whose state it holds.</param>
/// <param name="MicroBatch">0.</param>
/// <param name="Attempt">Name by which it is joined, see <see cref="Data.Checkpoints.CheckpointDirectory.Join"/>.</param>
public sealed record CheckpointOpened(long Step, int MicroBatch, string Attempt) : Message(Step, MicroBatch);
