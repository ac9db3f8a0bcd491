// The commands of one process: train, eval, predict and replay.
using XClassFlow.Cluster.Configuration;
using XClassFlow.Data;
using XClassFlow.Data.DataSets;
using XClassFlow.Stages.Planning;
using XClassFlow.Stages.Reporting;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Training;

/// <summary>Runs of the training graph in this process.</summary>
public sealed class LocalRuns : IRunCommands
{
    public Task<RunReport> TrainAsync(TrainOptions options, IRunObserver observer, CancellationToken stop) => new ReturningRun(options, observer).RunAsync(stop);

    public async Task<RunReport> EvaluateAsync(EvaluateOptions options, IRunObserver observer, CancellationToken stop)
    {
        using var session = OpenEvaluation(options.Checkpoint, options.Data, TrainingGraph.DefaultTopK, null);
        return await session.RunAsync("eval", observer, stop);
    }

    public async Task<PredictOutcome> PredictAsync(PredictOptions options, IRunObserver observer, CancellationToken stop)
    {
        using var sink = new PredictionSink(options.Out);
        using var session = OpenEvaluation(options.Checkpoint, options.Data, options.Top, () => sink);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var report = await session.RunAsync("predict", observer, stop);
        return new PredictOutcome(report.Samples, clock.Elapsed.TotalSeconds);
    }

    public Task<ReplayOutcome> ReplayAsync(ReplayOptions options, IRunObserver observer, CancellationToken stop)
        => Task.Run(() => new ReplayRun(options).Run(stop), stop);

    public Task<MemoryPlan> PlanAsync(PlanOptions options, CancellationToken stop) => Task.Run(
        () =>
        {
            var settings = RunSettings.Bind(options.Configuration.Root);
            settings = settings with { Layout = settings.Layout.On(options.Nodes, options.Nodes) };
            using var session = RunSession.Train(settings, string.Empty, null, resume: false, reportLosses: false, abort: stop);
            return session.PlanMemory(ProcessShare.Of(settings.Layout, options.Nodes));
        },
        stop);

    private static RunSession OpenEvaluation(string checkpoint, string data, int topK, Func<Stages.Flow.Stage>? predictions)
    {
        var saved = SavedRun.Open(checkpoint);
        ArrowDataSet? heldOut = null;
        try
        {
            var settings = RunSettings.Bind(HoconLoader.LoadText(saved.Configuration, saved.Path).Root);
            heldOut = ArrowDataSet.Open(data);
            if (heldOut.Classes > saved.Classes)
            {
                throw new UserErrorException($"has {heldOut.Classes} classes, the checkpoint {saved.Classes}", data, "use samples of the classes that were trained");
            }

            return RunSession.Evaluate(saved, settings, heldOut, topK, predictions);
        }
        catch
        {
            heldOut?.Dispose();
            saved.Dispose();
            throw;
        }
    }
}
