// Several writers make the checkpoint that one makes, and a fault at one of them leaves the previous one good.
using XClassFlow.Data.Checkpoints;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Selection;
using XClassFlow.Stages.Training;

namespace XClassFlow.Stages.Tests.Graph;

public abstract class CheckpointWritersTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("xclassflow-writers-");

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    protected abstract IFlowHost CreateHost();

    [Theory]
    [InlineData(3, SelectionMode.All)]
    [InlineData(2, SelectionMode.Mix)]
    [InlineData(5, SelectionMode.Mix)]
    public async Task AnyNumberOfWritersWritesTheSameFiles(int writers, SelectionMode mode)
    {
        TinyRun Run(string name, int count) => new()
        {
            Shards = 3,
            Replicas = 2,
            Active = new ActiveClassesSettings(mode, mode == SelectionMode.All ? 0 : 80, Neighbours: 6, RebuildEvery: 4),
            CheckpointEvery = 6,
            Checkpoint = Path.Combine(_folder.FullName, name),
            Writers = count,
        };
        var one = await RunAsync(Run("one", 1));
        var several = await RunAsync(Run("several", writers));
        Assert.Equal(one.Losses, several.Losses);
        using var expected = Checkpoint.Open(Path.Combine(_folder.FullName, "one"));
        using var actual = Checkpoint.Open(Path.Combine(_folder.FullName, "several"));
        Assert.Equal(mode == SelectionMode.All ? 4 : 7, expected.Files.Count);
        Assert.Equal(20, actual.Step);
        Assert.Equal(expected.Manifest.Files, actual.Manifest.Files);
        Assert.Equal(expected.Manifest.Info.Scalars, actual.Manifest.Info.Scalars);
        Assert.Equal(expected.Manifest.Info.Texts, actual.Manifest.Info.Texts);
    }

    [Theory]
    [InlineData("head-00001-of-00003.safetensors", "checkpoint-writer[1]")]
    [InlineData("backbone.safetensors", "checkpoint-writer[2]")]
    [InlineData("manifest.json", "checkpoint[0]")]
    public async Task AFaultAtOneWriterEndsTheRunWithOneLineAndThePreviousCheckpointGood(string file, string stage)
    {
        var path = Path.Combine(_folder.FullName, "runs");
        var run = new TinyRun
        {
            Shards = 3,
            CheckpointEvery = 10,
            Checkpoint = path,
            Writers = 3,
            OnSent = message =>
            {
                // What stands in the way of one file of the second checkpoint.
                if (message is CheckpointOpened { Step: 19 } opened)
                {
                    Directory.CreateDirectory(Path.Combine(path, opened.Attempt, file));
                }
            },
        };
        var fault = await Assert.ThrowsAsync<StageException>(() => RunAsync(run));
        Assert.Equal(stage, fault.Stage.ToString());
        Assert.IsType<CheckpointException>(fault.InnerException);
        Assert.Contains($"{file}: the checkpoint cannot be written", fault.Message, StringComparison.Ordinal);
        Assert.EndsWith("the previous checkpoint is untouched", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', fault.Message);
        using (var previous = Checkpoint.Open(path))
        {
            Assert.Equal(10, previous.Step);
        }

        Assert.Equal([".lock", "latest", "step-000000010"], Directory.EnumerateFileSystemEntries(path).Select(p => Path.GetFileName(p)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task APlaceWithoutAWriterIsRefusedBeforeAnythingRuns()
    {
        var run = new TinyRun { Checkpoint = Path.Combine(_folder.FullName, "runs"), Writers = 2, WriterOfBackbone = 2 };
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(run));
        Assert.Contains("writer 2 of 2", error.Message, StringComparison.Ordinal);
        Assert.Empty(run.Losses);
    }

    private async Task<TinyRun> RunAsync(TinyRun run)
    {
        var host = CreateHost();
        using var disposable = host as IDisposable;
        return await run.RunAsync(host);
    }
}
