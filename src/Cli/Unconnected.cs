// Stands where the runs and the importers will be connected.
using XClassFlow.Cluster.Training;
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Cli;

/// <summary>Refuses every call. The integrator replaces it in Program and removes it.</summary>
internal sealed class Unconnected : IRunCommands, IImportCommands
{
    public Task<RunReport> TrainAsync(TrainOptions options, IRunObserver observer, CancellationToken stop) => RefuseAsync<RunReport>();

    public Task<RunReport> EvaluateAsync(EvaluateOptions options, IRunObserver observer, CancellationToken stop) => RefuseAsync<RunReport>();

    public Task<PredictOutcome> PredictAsync(PredictOptions options, IRunObserver observer, CancellationToken stop) => RefuseAsync<PredictOutcome>();

    public Task<ReplayOutcome> ReplayAsync(ReplayOptions options, IRunObserver observer, CancellationToken stop) => RefuseAsync<ReplayOutcome>();

    public Task<ImportOutcome> ImportIdxAsync(ImportIdxOptions options, CancellationToken stop) => RefuseAsync<ImportOutcome>();

    public Task<ImportOutcome> ImportImagesAsync(ImportImagesOptions options, CancellationToken stop) => RefuseAsync<ImportOutcome>();

    private static Task<T> RefuseAsync<T>() => Task.FromException<T>(new NotSupportedException("this build does not contain the run"));
}
