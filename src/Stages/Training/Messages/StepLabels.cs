// One rank's labels of a whole step, sent ahead of the embeddings so that selection runs while the backbone works.
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Training;

/// <summary>One rank's labels of a step.</summary>
/// <param name="Step">Step.</param>
/// <param name="MicroBatch">0.</param>
/// <param name="Plan">The step's plan.</param>
/// <param name="Labels">Class of each of the rank's samples, in order.</param>
public sealed record StepLabels(long Step, int MicroBatch, StepPlan Plan, long[] Labels) : Message(Step, MicroBatch);
