// What the supervisor decided for one step; it rides on every message of the step.
using XClassFlow.Stages.Selection;
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
/// <param name="GraphStep">The step before which the class graph that it uses was built; null where it uses none.</param>
/// <param name="GraphRenewal">Whether and why a class graph is built of the rows after the step.</param>
/// <param name="PendingGraphStep">The step of a graph that is not used by the next step yet, though its rows are there; null where there is none.</param>
/// <param name="GraphTakenUp">The step of a graph that was pending and is used from the next step on; null where there is none.</param>
/// <param name="NeighbourShare">Share of what the labels leave of <paramref name="ActiveBudget"/> that goes to neighbours.</param>
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
    bool Audit = false,
    long? GraphStep = null,
    GraphRenewal GraphRenewal = GraphRenewal.None,
    long? PendingGraphStep = null,
    long? GraphTakenUp = null,
    double NeighbourShare = 0)
{
    /// <summary>The step before which the graph of the next step was built.</summary>
    public long? NextGraphStep => GraphTakenUp ?? (GraphRenewal == GraphRenewal.None || GraphOverlaps ? GraphStep : Step + 1);

    /// <summary>Whether the graph that is built of the rows after the step is used later than by the next step: training goes on meanwhile, so they are copied.</summary>
    public bool GraphOverlaps => PendingGraphStep == Step + 1;

    /// <summary>Whether the head's loss forbids the step.</summary>
    /// <param name="loss">Mean loss over the global batch.</param>
    public bool Forbids(double loss) => Guarded && !(loss <= LossCeiling && double.IsFinite(loss));
}
