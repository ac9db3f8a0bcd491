// What a backbone tells the supervisor after a step.
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Training;

/// <summary>A rank's report of a step.</summary>
/// <param name="Step">Step.</param>
/// <param name="MicroBatch">0.</param>
/// <param name="GradientNorm">Euclidean norm of the reduced backbone gradient; after a sparse step, of what the ranks sent, with its momentum.</param>
/// <param name="Seconds">Since the end of the step before; 0 where there was none, or something else than a step came between.</param>
public sealed record BackboneReport(long Step, int MicroBatch, double GradientNorm, double Seconds = 0) : Message(Step, MicroBatch);
