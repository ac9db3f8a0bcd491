// A user's mistakes are one clear line before anything is trained or written.
using XClassFlow.Cluster.Configuration;
using XClassFlow.Cluster.Training;
using XClassFlow.Data;
using XClassFlow.Data.DataSets;

namespace XClassFlow.Cluster.Tests.Training;

public sealed class BadInputTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("xclassflow-bad-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("active-classes={ mode = knn, budget = 404 }", "more than the 403 classes")]
    [InlineData("active-classes={ mode = knn, budget = 0 }", "active-classes.budget: 0 is out of range; write")]
    [InlineData("active-classes={ mode = knn, budget = 90, neighbours = 500 }", "neighbours = 500")]
    [InlineData("layout.shards=404", "more than the 403 classes")]
    [InlineData("backbone={ type = convnet }", "cannot take")]
    [InlineData("stages={ extra { type = clip-gradient, at = \"backbone.nowhere\" } }", "no edge 'backbone.nowhere'")]
    [InlineData("stages={ extra { type = clip-gradient, at = \"backbone.embeddings\" } }", "sends SegmentGradient")]
    [InlineData("recording={ directory = x, edges = [\"a.b\"] }", "no edge 'a.b'")]
    [InlineData("schedule.micro-batches=32", "leave a rank 1 sample at a time")]
    [InlineData("layout={ replicas = 9, shards = 3 }", "leave a rank 1 sample at a time")]
    [InlineData("layout={ replicas = 17, shards = 3 }", "2 micro-batches on each of 17 ranks")]
    [InlineData("limits.memory=1MiB", "needs 0.2 GiB in one process")]
    [InlineData("data.train={ type = generated-features, generated-features { classes = 403, occurring = 404 } }", "occurring: 404 is out of range")]
    [InlineData("head={ normalize = off, margin = arc-face }", "unit rows")]
    public async Task A_configuration_that_does_not_fit_is_refused(string set, string expected)
    {
        var checkpoints = Path.Combine(_folder.FullName, "checkpoints");
        var error = await Assert.ThrowsAsync<UserErrorException>(() => TrainAsync(TinyConfiguration.With(set), checkpoints));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.True(!Directory.Exists(checkpoints) || !Directory.EnumerateDirectories(checkpoints).Any());
    }

    [Fact]
    public async Task Samples_of_other_shapes_or_more_classes_are_refused()
    {
        var (a, b, c) = (Write("a.arrow", 4, 10), Write("b.arrow", 5, 10), Write("c.arrow", 4, 12));
        var shape = await Assert.ThrowsAsync<UserErrorException>(() => TrainAsync(Arrow(a, b), null));
        Assert.Contains("b.arrow", shape.Message, StringComparison.Ordinal);
        var classes = await Assert.ThrowsAsync<UserErrorException>(() => TrainAsync(Arrow(a, c), null));
        Assert.Contains("12 classes", classes.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_of_a_class_graph_that_is_not_built_do_not_limit_the_classes()
    {
        var few = Write("few.arrow", 4, 10);
        var report = await new LocalRuns().TrainAsync(
            new TrainOptions(Arrow(few, few, "schedule.updates=2", "schedule.micro-batches=1"), null, Resume: false, ReportLosses: false), new StepObserver(), CancellationToken.None);
        Assert.Equal((10, 2), (report.Classes, report.Updates));
    }

    [Fact]
    public async Task A_damaged_checkpoint_is_named()
    {
        var checkpoints = Path.Combine(_folder.FullName, "damaged");
        await TrainAsync(TinyConfiguration.With("schedule.updates=2"), checkpoints);
        var head = Directory.EnumerateFiles(checkpoints, "head-00001*", SearchOption.AllDirectories).Single();
        var bytes = await File.ReadAllBytesAsync(head, TestContext.Current.CancellationToken);
        bytes[^5] ^= 1;
        await File.WriteAllBytesAsync(head, bytes, TestContext.Current.CancellationToken);
        var error = await Assert.ThrowsAsync<UserErrorException>(() => new LocalRuns().TrainAsync(
            new TrainOptions(TinyConfiguration.With(), checkpoints, Resume: true, ReportLosses: false), new StepObserver(), CancellationToken.None));
        Assert.Contains("head-00001", error.Message, StringComparison.Ordinal);
    }

    private static LoadedConfiguration Arrow(string train, string test, params string[] more) => TinyConfiguration.With([
        $"data.train={{ type = arrow, arrow {{ files = [\"{train}\"] }} }}", $"data.test={{ type = arrow, arrow {{ files = [\"{test}\"] }} }}", "active-classes={ mode = all, neighbours = 16 }", .. more]);

    private static Task<Stages.Reporting.RunReport> TrainAsync(LoadedConfiguration configuration, string? checkpoints) => new LocalRuns().TrainAsync(
        new TrainOptions(configuration, checkpoints, Resume: false, ReportLosses: false), new StepObserver(), CancellationToken.None);

    private string Write(string name, int width, long classes)
    {
        var path = Path.Combine(_folder.FullName, name);
        using var writer = new ArrowDataSetWriter(path, SampleShape.Features(width), classes, SampleStorage.Features);
        for (var label = 0; label < classes; label++)
        {
            writer.WriteFeatures(label, new float[width]);
        }

        writer.Complete();
        return path;
    }
}
