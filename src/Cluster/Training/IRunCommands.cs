// What the command line asks of training.
using XClassFlow.Data;
using XClassFlow.Stages.Planning;
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Cluster.Training;

/// <summary>
/// The runs behind the commands. The token asks to stop, it does not abort: a training run finishes its step, writes a checkpoint and returns a report with
/// <see cref="RunOutcome.Interrupted"/>; the others may throw <see cref="OperationCanceledException"/>.
/// A <see cref="UserErrorException"/>, also as the cause of another exception, is the user's mistake; anything else that escapes is a failure.
/// </summary>
public interface IRunCommands
{
    Task<RunReport> TrainAsync(TrainOptions options, IRunObserver observer, CancellationToken stop);

    Task<RunReport> EvaluateAsync(EvaluateOptions options, IRunObserver observer, CancellationToken stop);

    Task<PredictOutcome> PredictAsync(PredictOptions options, IRunObserver observer, CancellationToken stop);

    Task<ReplayOutcome> ReplayAsync(ReplayOptions options, IRunObserver observer, CancellationToken stop);

    /// <summary>The memory of the fullest process of a run.</summary>
    Task<MemoryPlan> PlanAsync(PlanOptions options, CancellationToken stop);
}
