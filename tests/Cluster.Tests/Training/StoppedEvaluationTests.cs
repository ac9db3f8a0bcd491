// Evaluations and predictions have no step to finish: a request to stop ends them at once, and leaves no half of a result.
using XClassFlow.Cluster.Training;
using XClassFlow.Data.DataSets;

namespace XClassFlow.Cluster.Tests.Training;

public sealed class StoppedEvaluationTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("xclassflow-stopped-");
    private readonly CancellationTokenSource _stop = new();

    public void Dispose()
    {
        _stop.Dispose();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("actors")]
    [InlineData("inline")]
    public async Task A_request_to_stop_ends_an_evaluation_and_a_prediction_without_a_result(string host)
    {
        var checkpoints = Path.Combine(_folder.FullName, "checkpoints");
        var configuration = TinyConfiguration.With("schedule.updates=2", $"host={host}");
        await new LocalRuns().TrainAsync(new TrainOptions(configuration, checkpoints, false, false), new StepObserver(), CancellationToken.None);
        var data = Path.Combine(_folder.FullName, "samples.arrow");
        using (var writer = new ArrowDataSetWriter(data, SampleShape.Features(16), 403, SampleStorage.Features))
        {
            for (var i = 0; i < 2_000; i++)
            {
                writer.WriteFeatures(i % 403, [.. Enumerable.Repeat((float)i, 16)]);
            }

            writer.Complete();
        }

        var stopper = new StopsAtStart(_stop);
        var runs = new LocalRuns();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => runs.EvaluateAsync(new EvaluateOptions(checkpoints, data), stopper, _stop.Token));
        var predictions = Path.Combine(_folder.FullName, "new", "predictions.arrow");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => runs.PredictAsync(new PredictOptions(checkpoints, data, predictions, 3), stopper, _stop.Token));
        Assert.False(Directory.Exists(Path.GetDirectoryName(predictions)));
    }

    // The graph is built, and no sample is read yet.
    private sealed class StopsAtStart(CancellationTokenSource stop) : IRunObserver
    {
        public void Started(RunStarted started) => stop.Cancel();

        public void Step(StepProgress step)
        {
        }

        public void Evaluated(EvaluationResult result)
        {
        }

        public void Note(string line)
        {
        }
    }
}
