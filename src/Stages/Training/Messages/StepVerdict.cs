// What a backbone tells the shards of a guarded step once it knows what becomes of it.
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Training;

/// <summary>Whether a step that the head did not leave out is applied; shards wait for it, so that a step is applied everywhere or nowhere.</summary>
/// <param name="Step">Step.</param>
/// <param name="MicroBatch">0.</param>
/// <param name="Applied">Whether the gradient consists of numbers; all ranks agree, because all know the same.</param>
public sealed record StepVerdict(long Step, int MicroBatch, bool Applied) : Message(Step, MicroBatch);
