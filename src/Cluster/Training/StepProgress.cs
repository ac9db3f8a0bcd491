// Where a run stands after a step.
namespace XClassFlow.Cluster.Training;

/// <summary>One weight update and the state of the run after it.</summary>
/// <param name="Step">Updates done, from 1.</param>
/// <param name="Updates">Updates planned.</param>
/// <param name="Samples">Samples seen.</param>
/// <param name="Loss">Mean loss of the step's batch.</param>
/// <param name="Top1OfBatch">Fraction of the batch whose first answer among the active classes was right, in [0, 1].</param>
/// <param name="LearningRate">The backbone's learning rate in the step.</param>
/// <param name="SamplesPerSecond">Recent throughput on all ranks.</param>
/// <param name="Elapsed">Since the first step began.</param>
/// <param name="Remaining">Estimated time to the end; null while it cannot be told.</param>
/// <param name="Stages">How busy the stages are.</param>
/// <param name="HeadRate">The class weights' learning rate.</param>
/// <param name="Batch">The global batch.</param>
/// <param name="Why">Why rates and batch are as they are, in the policy's words.</param>
public sealed record StepProgress(
    long Step,
    long Updates,
    long Samples,
    double Loss,
    double Top1OfBatch,
    double LearningRate,
    double SamplesPerSecond,
    TimeSpan Elapsed,
    TimeSpan? Remaining,
    IReadOnlyList<StageLoad> Stages,
    double HeadRate,
    int Batch,
    string Why);
