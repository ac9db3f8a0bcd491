// What the supervisor decided for one step; it rides on every message of the step.
using XClassFlow.Stages.Sparsification;

namespace XClassFlow.Stages.Training;

/// <summary>The plan of one step, or of one evaluation pass. A plain value: the same everywhere, recorded and reported as it is.</summary>
/// <param name="Step">Number of the update, from 0; an evaluation carries the number of the update that comes after it.</param>
/// <param name="Phase">Training or evaluation.</param>
/// <param name="FirstSample">Position of the first sample, counted over all epochs (training) or in the held-out set (evaluation).</param>
/// <param name="GlobalBatch">Samples of the step over all ranks (evaluation: samples of the whole pass).</param>
/// <param name="MicroBatches">Micro-batches per rank.</param>
/// <param name="BackboneRate">Learning rate of the backbone.</param>
/// <param name="HeadRate">Learning rate of the class weights.</param>
/// <param name="ActiveBudget">Active classes over all shards.</param>
/// <param name="Checkpoint">Whether the state after this step is saved.</param>
/// <param name="SyncStatistics">Whether the replicas' running statistics become one after this step, because an evaluation or a checkpoint follows.</param>
/// <param name="GradientPath">How the backbone's gradients travel.</param>
/// <param name="GradientRatio">Share of their values that does.</param>
/// <param name="Guarded">Whether the step is left out when its loss or gradient is no number, or the loss above the ceiling.</param>
/// <param name="LossCeiling">That ceiling.</param>
/// <param name="MeasuresNoise">Whether the ranks measure the norms of micro-batches' gradients.</param>
/// <param name="Audit">Whether the step is held against all classes.</param>
public sealed record StepPlan(
    long Step,
    StepPhase Phase,
    long FirstSample,
    int GlobalBatch,
    int MicroBatches,
    double BackboneRate,
    double HeadRate,
    long ActiveBudget,
    bool Checkpoint,
    bool SyncStatistics = false,
    GradientPath GradientPath = GradientPath.Whole,
    double GradientRatio = 1,
    bool Guarded = false,
    double LossCeiling = double.PositiveInfinity,
    bool MeasuresNoise = false,
    bool Audit = false)
{
    /// <summary>Whether the head's loss forbids the step.</summary>
    /// <param name="loss">Mean loss over the global batch.</param>
    public bool Forbids(double loss) => Guarded && !(loss <= LossCeiling && double.IsFinite(loss));
}
