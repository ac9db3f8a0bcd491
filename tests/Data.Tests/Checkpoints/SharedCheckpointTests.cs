// A checkpoint of several writers: whole or not at all, whoever fails or comes too late.
using XClassFlow.Data.Checkpoints;
using XClassFlow.Data.Tensors;

namespace XClassFlow.Data.Tests.Checkpoints;

public sealed class SharedCheckpointTests : IDisposable
{
    private readonly TemporaryDirectory _root = new();

    private string Runs => _root["runs"];

    [Fact]
    public async Task WritersAtTheSameTimeMakeOneCheckpoint()
    {
        using var coordinator = new CheckpointDirectory(Runs).Begin(7);
        var parts = await Task.WhenAll(Enumerable.Range(0, 4).Select(w => Task.Run(() => WriteShard(new CheckpointDirectory(Runs), coordinator.Attempt, 7, w, 4))));
        coordinator.AddText("notes.txt", "step 7");
        coordinator.AddTensors("backbone.safetensors", null, [Blocks.Floats("conv.weight", 7, 5)]);
        Assert.False(CheckpointDirectory.HasAny(Runs));
        coordinator.Commit(Samples.Info(), [.. parts.SelectMany(p => p)]);
        Assert.Equal(5, Samples.AssertGood(Runs, 7));
        using var checkpoint = Checkpoint.Open(Runs);
        Assert.Equal(checkpoint.Files.Order(StringComparer.Ordinal), checkpoint.Manifest.Files.Select(f => f.Name));
        Assert.Equal(6, checkpoint.Files.Count);
        Assert.Equal(["weight"], HeadRows.Open(checkpoint).Tensors);
        Assert.Equal([".lock", "latest", "step-000000007"], Names(Runs));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(1)]
    public void WhoeverCrashesWheneverThePreviousCheckpointIsGood(long secondStep)
    {
        var images = 0;
        var seen = new HashSet<long>();
        Save(new CheckpointDirectory(Runs), 1, DurableFiles.Disk);

        // Nothing is tidied up after a crash: what lies on the disk before an operation is what a crash there leaves.
        void Crash(string operation)
        {
            var image = _root[$"image-{images++}"];
            CopyWithoutLock(Runs, image);
            if (!CheckpointDirectory.HasAny(image))
            {
                // Between the two renames that replace a checkpoint of the same step: the next coordinator gives the old one its name back.
                Assert.Equal(1, secondStep);
                new CheckpointDirectory(image).Begin(9).Dispose();
            }

            using (var checkpoint = Checkpoint.Open(image))
            {
                seen.Add(checkpoint.Step);
                Samples.AssertGood(image, checkpoint.Step);
            }

            Save(new CheckpointDirectory(image, new() { Keep = 1 }), 3, DurableFiles.Disk);
            Samples.AssertGood(image, 3);
            Assert.Equal([".lock", "latest", "step-000000003"], Names(image));
        }

        var watched = new WatchedFiles(Crash);
        Save(new CheckpointDirectory(Runs, null, watched), secondStep, watched);
        Crash("at the end");
        Samples.AssertGood(Runs, secondStep);
        Assert.Contains(secondStep, seen);
        Assert.InRange(images, 20, 100);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhateverFailsAtAWriterThePreviousCheckpointIsGood(bool sticky)
    {
        var operations = int.MaxValue;
        for (var failAt = 0; failAt <= operations; failAt++)
        {
            var path = _root[$"runs-{failAt}"];
            Save(new CheckpointDirectory(path), 1, DurableFiles.Disk);
            var disk = new FailingFiles(failAt, sticky);
            try
            {
                Save(new CheckpointDirectory(path), 2, disk);
                operations = Math.Min(operations, disk.Operations);
            }
            catch (CheckpointException error)
            {
                Assert.True(disk.HasFailed);
                Assert.Contains(path, error.Message, StringComparison.Ordinal);
            }

            Samples.AssertGood(path, disk.HasFailed ? 1 : 2);
            Assert.Empty(Directory.EnumerateFileSystemEntries(path, ".step*"));
        }

        Assert.InRange(operations, 5, 50);
    }

    [Fact]
    public void AWriterOfAnOlderAttemptHarmsNoNewerOne()
    {
        Save(new CheckpointDirectory(Runs), 1, DurableFiles.Disk);
        var crashed = new CheckpointDirectory(Runs).Begin(2);
        var image = _root["image"];
        CopyWithoutLock(Runs, image); // the coordinator's process is gone, its lock with it
        var late = new CheckpointDirectory(image).Join(crashed.Attempt);
        CheckpointWriter? next = null;
        var inTheMiddle = new CheckpointDirectory(image, null, new WatchedFiles(operation =>
        {
            // The file is open and half a checkpoint is there when the new coordinator cleans up.
            if (operation == "sync")
            {
                next ??= new CheckpointDirectory(image).Begin(2);
            }
        })).Join(crashed.Attempt);
        late.AddText("notes.txt", "from a dead attempt");
        inTheMiddle.AddText("late.txt", "from a dead attempt");

        Assert.NotEqual(crashed.Attempt, next!.Attempt);
        Assert.Throws<CheckpointAbandonedException>(() => late.AddText("more.txt", "from a dead attempt"));
        Assert.Throws<CheckpointAbandonedException>(() => inTheMiddle.Complete());
        Assert.Throws<CheckpointAbandonedException>(() => new CheckpointDirectory(image).Join(crashed.Attempt));
        next.AddText("notes.txt", "step 2");
        next.AddTensors("backbone.safetensors", null, [Blocks.Floats("conv.weight", 2, 0)]);
        next.Commit(Samples.Info());
        Samples.AssertGood(image, 2);
        Assert.Equal([".lock", "latest", "step-000000001", "step-000000002"], Names(image));
        Assert.Equal(["backbone.safetensors", "manifest.json", "notes.txt"], Names(Path.Combine(image, "step-000000002")));
        crashed.Dispose();
    }

    [Fact]
    public void ACoordinatorThatWasCleanedAwayCannotCommit()
    {
        Save(new CheckpointDirectory(Runs), 1, DurableFiles.Disk);
        using var first = new CheckpointDirectory(Runs).Begin(2);
        var part = WriteShard(new CheckpointDirectory(Runs), first.Attempt, 2, 0, 1);

        // As if the file system's locks did not hold between machines.
        File.Delete(Path.Combine(Runs, ".lock"));
        using (var second = new CheckpointDirectory(Runs).Begin(2))
        {
            Assert.Throws<CheckpointException>(() => first.Commit(Samples.Info(), part));
            Samples.AssertGood(Runs, 1);
        }

        Samples.AssertGood(Runs, 1);
    }

    [Fact]
    public void EveryFileMustBeThereWithItsLength()
    {
        Save(new CheckpointDirectory(Runs), 1, DurableFiles.Disk);
        void Commit(string expected, Func<string, IReadOnlyList<CheckpointFile>, IReadOnlyList<CheckpointFile>> change)
        {
            using var coordinator = new CheckpointDirectory(Runs).Begin(2);
            var files = WriteShard(new CheckpointDirectory(Runs), coordinator.Attempt, 2, 0, 1);
            var changed = change(Path.Combine(Runs, coordinator.Attempt, files[0].Name), files);
            var error = Assert.ThrowsAny<Exception>(() => coordinator.Commit(Samples.Info(), changed));
            Assert.Contains(expected, error.Message, StringComparison.Ordinal);
            Assert.True(error is CheckpointException or ArgumentException);
            Samples.AssertGood(Runs, 1);
        }

        Commit("it is not there", (path, files) => Do(() => File.Delete(path), files));
        Commit("were written", (path, files) => Do(() => File.AppendAllText(path, "x"), files));
        Commit("two writers added", (_, files) => [files[0], files[0]]);
        Commit("not a plain file name", (_, files) => [files[0] with { Name = "../latest" }]);
        Assert.Equal([".lock", "latest", "step-000000001"], Names(Runs));
    }

    [Theory]
    [InlineData("")]
    [InlineData("step-000000001")]
    [InlineData(".step-000000001.partial/../../x.partial")]
    [InlineData("../.step-000000001.partial")]
    public void OnlyAttemptsCanBeJoined(string name)
        => Assert.Throws<ArgumentException>(() => new CheckpointDirectory(Runs).Join(name));

    [Fact]
    public void ADirectoryThatIsNotSharedIsNamed()
    {
        using var coordinator = new CheckpointDirectory(Runs).Begin(1);
        var error = Assert.Throws<CheckpointAbandonedException>(() => new CheckpointDirectory(_root["elsewhere"]).Join(coordinator.Attempt));
        Assert.Contains("does not share the directory", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    public void Dispose() => _root.Dispose();

    private static IReadOnlyList<CheckpointFile> Do(Action action, IReadOnlyList<CheckpointFile> files)
    {
        action();
        return files;
    }

    // A coordinator and two writers, as three processes would do it; the writers' disk is theirs.
    private static void Save(CheckpointDirectory directory, long step, DurableFiles writersDisk)
    {
        using var coordinator = directory.Begin(step);
        var writers = Enumerable.Range(0, 2).Select(w => WriteShard(new CheckpointDirectory(directory.Path, null, writersDisk), coordinator.Attempt, step, w, 2)).ToArray();
        coordinator.AddTensors("backbone.safetensors", null, [Blocks.Floats("conv.weight", step, 0)]);
        coordinator.AddText("notes.txt", $"step {step}");
        coordinator.Commit(Samples.Info(), [.. writers.SelectMany(w => w)]);
    }

    private static IReadOnlyList<CheckpointFile> WriteShard(CheckpointDirectory directory, string attempt, long step, int shard, int shards)
    {
        var part = directory.Join(attempt);
        part.AddTensors(
            HeadShard.FileName(shard, shards),
            HeadShard.Of(4, 1, shard, shards).ToMetadata(),
            [TensorBlock.FromArray<float>("weight", ElementType.Float32, [4 / shards, 1], [.. Enumerable.Repeat((float)step, 4 / shards)])]);
        return part.Complete();
    }

    private static IEnumerable<string> Names(string path) => Directory.EnumerateFileSystemEntries(path).Select(p => Path.GetFileName(p)).Order(StringComparer.Ordinal);

    // The lock is a process's and ends with it.
    private static void CopyWithoutLock(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from).Where(f => Path.GetFileName(f) != ".lock"))
        {
            CopyFile(file, to);
        }

        foreach (var file in Directory.EnumerateDirectories(from).SelectMany(Directory.EnumerateFiles))
        {
            CopyFile(file, Path.Combine(to, Path.GetFileName(Path.GetDirectoryName(file)!)));
        }

        foreach (var directory in Directory.EnumerateDirectories(from))
        {
            Directory.CreateDirectory(Path.Combine(to, Path.GetFileName(directory)));
        }
    }

    // A file that is being written is copied as it is.
    private static void CopyFile(string file, string to)
    {
        Directory.CreateDirectory(to);
        using var source = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var target = File.Create(Path.Combine(to, Path.GetFileName(file)));
        source.CopyTo(target);
    }
}
