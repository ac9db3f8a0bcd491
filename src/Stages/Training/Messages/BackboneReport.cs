// What a backbone tells the supervisor after a step.
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Training;

/// <summary>A rank's report of a step.</summary>
/// <param name="Step">Step.</param>
/// <param name="MicroBatch">0.</param>
/// <param name="GradientNorm">Euclidean norm of the reduced backbone gradient.</param>
public sealed record BackboneReport(long Step, int MicroBatch, double GradientNorm) : Message(Step, MicroBatch);
