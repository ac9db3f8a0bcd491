// A run without a guard whose loss is no number any more has failed, and says so at once.
using XClassFlow.Cluster.Training;
using XClassFlow.Data;

namespace XClassFlow.Cluster.Tests.Training;

public sealed class DivergenceTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("xclassflow-diverges-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("inline")]
    [InlineData("actors")]
    public async Task It_fails_with_the_step_and_the_rates_and_keeps_the_checkpoints_of_before(string host)
    {
        var checkpoints = Path.Combine(_folder.FullName, host);
        var configuration = TinyConfiguration.With(
            $"host={host}",
            "head={ normalize = off }",
            "backbone={ type = mlp, mlp { width = 16, hidden = [32], norm = none, embedding-norm = none } }",
            "convergence={ type = constant, constant { rates { backbone = 1e6, head = 1e6 } } }",
            "guard.enabled=off",
            "schedule.checkpoint-every=1");

        var error = await Assert.ThrowsAnyAsync<Exception>(() => new LocalRuns().TrainAsync(
            new TrainOptions(configuration, checkpoints, Resume: false, ReportLosses: false), new StepObserver(), CancellationToken.None));

        var failure = Causes(error).OfType<RunFailureException>().Single();
        Assert.Matches(@"^step \d+: the loss is (NaN|Infinity|∞); look at the samples, or lower the learning rates \(backbone 1E\+06, head 1E\+06 in this step\), or go on from .*step-0+\d with", failure.Message);
        Assert.DoesNotContain(Directory.EnumerateDirectories(checkpoints), d => d.EndsWith("step-000000030", StringComparison.Ordinal));
    }

    private static IEnumerable<Exception> Causes(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
        {
            yield return e;
        }
    }
}
