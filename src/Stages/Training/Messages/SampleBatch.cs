// Which samples make up one rank's micro-batch; nothing is decoded yet.
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Training;

/// <summary>References to the samples of a micro-batch.</summary>
/// <param name="Step">Step.</param>
/// <param name="MicroBatch">Micro-batch.</param>
/// <param name="Plan">The step's plan.</param>
/// <param name="Positions">Position of each sample in the epochs' order; with the run's seed it determines the augmentation.</param>
/// <param name="Samples">Index of each sample in the data set.</param>
/// <param name="Labels">Its class.</param>
public sealed record SampleBatch(long Step, int MicroBatch, StepPlan Plan, long[] Positions, long[] Samples, long[] Labels) : Message(Step, MicroBatch);
