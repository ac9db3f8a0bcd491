// What a backbone tells the supervisor after a step.
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Training;

/// <summary>A rank's report of a step.</summary>
/// <param name="Step">Step.</param>
/// <param name="MicroBatch">0.</param>
/// <param name="GradientNorm">Euclidean norm of the reduced backbone gradient; after a sparse step, of what the ranks sent, with its momentum.</param>
/// <param name="Seconds">Since the end of the step before; 0 where there was none, or something else than a step came between.</param>
/// <param name="Applied">Whether the parameters were updated.</param>
/// <param name="SegmentNorms">The norm by segment; null where the head left the step out.</param>
/// <param name="PartSquares">Sum over this rank's micro-batches of |p|^2 / n: p its contribution to the gradient, n its samples. 0 where it was not measured.</param>
/// <param name="Parts">Micro-batches in that sum.</param>
/// <param name="Product">Inner product with the gradient of the step before, where the batch has one part only; null elsewhere.</param>
/// <param name="TrustRatios">What the optimizer multiplied the rate with, by parameter; null where it does not.</param>
public sealed record BackboneReport(
    long Step,
    int MicroBatch,
    double GradientNorm,
    double Seconds = 0,
    bool Applied = true,
    double[]? SegmentNorms = null,
    double PartSquares = 0,
    int Parts = 0,
    double? Product = null,
    double[]? TrustRatios = null) : Message(Step, MicroBatch);
