// What three replicas with batch norms evaluate is the model that their checkpoint holds.
using XClassFlow.Cluster.Training;
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Cluster.Tests.Training;

public sealed class StatisticsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("xclassflow-statistics-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("inline")]
    [InlineData("actors")]
    public async Task OneProcessEvaluatesTheCheckpointAsThreeReplicasDid(string host)
    {
        var trained = await TrainAsync(resume: false, host, "layout.replicas=3", "schedule.checkpoint-every=20");
        var evaluated = await TrainAsync(resume: true, host, "layout.replicas=1");
        Assert.Equal(30, trained.Updates);
        Assert.Equal(0, evaluated.Updates);
        Assert.Equal(806, trained.Eval!.Samples);
        Assert.Equal(trained.Eval, evaluated.Eval);
    }

    // Rates at which the run learns something, so that a difference would show.
    private Task<RunReport> TrainAsync(bool resume, string host, params string[] more) => new LocalRuns().TrainAsync(
        new TrainOptions(
            TinyConfiguration.With([$"host={host}", "convergence.warmup-cosine.rates.head=1", "active-classes.mode=all", .. more]),
            Path.Combine(_folder.FullName, "checkpoints"),
            resume,
            ReportLosses: false),
        new StepObserver(),
        CancellationToken.None);
}
