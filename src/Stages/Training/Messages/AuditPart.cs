// What one shard found in an audit.
using XClassFlow.Stages.Auditing;
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Training;

/// <summary>A shard's part of an audit. A samples, R sampled classes (0 without a class graph), K neighbours; all before the step's update.</summary>
/// <param name="Step">Step.</param>
/// <param name="MicroBatch">0.</param>
/// <param name="GraphStep">The step before which the graph in use was built; null where there is none.</param>
/// <param name="Samples">A.</param>
/// <param name="ActiveLoss">Mean loss of the samples over the active classes, equal on all shards.</param>
/// <param name="Statistics">[5, A] as in <see cref="SoftmaxPart"/>, over all rows of the shard.</param>
/// <param name="Classes">[R], ascending.</param>
/// <param name="Best">[R, k]: cosines of the shard's rows nearest to each class, k the smaller of K and the shard's classes.</param>
/// <param name="BestClasses">[R, k]: which they are; the class itself may be one.</param>
/// <param name="ListedCounts">[R]: classes of this shard that the graph lists for each class.</param>
/// <param name="Listed">Those, one list after the other.</param>
/// <param name="ListedScores">Their cosines.</param>
/// <param name="Drift">Of the sampled rows that the shard owns.</param>
public sealed record AuditPart(
    long Step, int MicroBatch, long? GraphStep, int Samples, double ActiveLoss, float[] Statistics, long[] Classes, float[] Best, long[] BestClasses, int[] ListedCounts, long[] Listed,
    float[] ListedScores, RowDrift Drift) : Message(Step, MicroBatch);
