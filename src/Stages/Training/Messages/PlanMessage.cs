// Carries a plan down to the loaders.
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Training;

/// <summary>A plan on its way to a rank.</summary>
public sealed record PlanMessage(long Step, int MicroBatch, StepPlan Plan) : Message(Step, MicroBatch);
