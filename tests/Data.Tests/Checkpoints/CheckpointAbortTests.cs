// Writing and checking of large files is given up in the middle, when a run is.
using XClassFlow.Data.Checkpoints;

namespace XClassFlow.Data.Tests.Checkpoints;

public sealed class CheckpointAbortTests : IDisposable
{
    private readonly TemporaryDirectory _root = new();
    private readonly CancellationTokenSource _abort = new();

    [Fact]
    public void AFileThatIsBeingWrittenIsGivenUpAndThePreviousCheckpointStays()
    {
        Samples.Save(new CheckpointDirectory(_root.Path), 10);
        var seen = new List<string>();
        var disk = new WatchedFiles(what =>
        {
            seen.Add(what);
            if (what.EndsWith("weights.safetensors", StringComparison.Ordinal))
            {
                _abort.Cancel();
            }
        });
        var directory = new CheckpointDirectory(_root.Path, null, disk) { Abort = _abort.Token };
        using (var writer = directory.Begin(20))
        {
            writer.AddText("notes.txt", "before it");
            Assert.Equal("sync", seen[^1]);
            Assert.Throws<OperationCanceledException>(() => writer.AddTensors("weights.safetensors", null, [Blocks.Floats("weight", new float[1 << 20])]));
            Assert.NotEqual("sync", seen[^1]);
        }

        Assert.Empty(Directory.EnumerateDirectories(_root.Path, "*.partial"));
        Assert.Equal([10], CheckpointDirectory.StepsIn(_root.Path));
        Samples.AssertGood(_root.Path, 10);
    }

    [Fact]
    public void AWriterThatJoinedGivesItsPartUp()
    {
        using var coordinator = new CheckpointDirectory(_root.Path).Begin(20);
        var part = new CheckpointDirectory(_root.Path) { Abort = _abort.Token }.Join(coordinator.Attempt);
        part.AddText("first.txt", "in time");
        _abort.Cancel();
        Assert.Throws<OperationCanceledException>(() => part.AddText("second.txt", "too late"));
    }

    [Fact]
    public void CheckingAFileIsGivenUp()
    {
        Samples.Save(new CheckpointDirectory(_root.Path), 10);
        using var checkpoint = Checkpoint.Open(_root.Path, verifyChecksums: false, _abort.Token);
        checkpoint.Verify("notes.txt");
        _abort.Cancel();
        Assert.Throws<OperationCanceledException>(() => checkpoint.Verify("notes.txt"));
        Assert.Throws<OperationCanceledException>(() => Checkpoint.Open(_root.Path, abort: _abort.Token));
    }

    public void Dispose()
    {
        _abort.Dispose();
        _root.Dispose();
    }
}
