// What is saved comes back; what is too many goes; what is half is never seen.
using XClassFlow.Data.Checkpoints;

namespace XClassFlow.Data.Tests.Checkpoints;

public sealed class CheckpointTests : IDisposable
{
    private readonly TemporaryDirectory _root = new();

    private string Runs => _root["runs"];

    [Fact]
    public void WhatIsSavedComesBack()
    {
        var path = Samples.Save(new CheckpointDirectory(Runs), 123);
        Assert.Equal(Path.Combine(Runs, "step-000000123"), path);
        using var checkpoint = Checkpoint.OpenLatest(Runs);
        Assert.Equal(path, checkpoint.Path);
        var (info, expected) = (checkpoint.Manifest.Info, Samples.Info());
        Assert.Equal(expected.Configuration, info.Configuration);
        Assert.Equal(expected.Seed, info.Seed);
        Assert.Equal(expected.Versions, info.Versions);
        Assert.Equal(expected.Scalars, info.Scalars);
        Assert.Equal(expected.Texts, info.Texts);
        Assert.Equal(["backbone.safetensors", "head-00000-of-00001.safetensors", "notes.txt"], checkpoint.Files.Order(StringComparer.Ordinal));
        Assert.True(checkpoint.Contains("notes.txt"));
        Assert.Contains("'nope'", Assert.Throws<UserErrorException>(() => checkpoint.Tensors("nope")).Message, StringComparison.Ordinal);
        Samples.AssertGood(Runs, 123);
        Samples.AssertGood(path, 123);
        Assert.Equal("step-000000123\n", File.ReadAllText(Path.Combine(Runs, "latest")));
    }

    [Fact]
    public void TheOldestGo()
    {
        var directory = new CheckpointDirectory(Runs, new() { Keep = 2 });
        foreach (var step in new long[] { 1, 2, 3, 4 })
        {
            Samples.Save(directory, step);
        }

        Assert.Equal([3, 4], CheckpointDirectory.StepsIn(Runs));
        Samples.AssertGood(Runs, 4);
    }

    [Fact]
    public void AfterGoingBackTheNewestWrittenStayAndAreTheLatest()
    {
        var directory = new CheckpointDirectory(Runs, new() { Keep = 2 });
        foreach (var step in new long[] { 100, 200, 150 })
        {
            Samples.Save(directory, step);
        }

        Assert.Equal([150, 200], CheckpointDirectory.StepsIn(Runs));
        Samples.AssertGood(Runs, 150);
        Samples.Save(directory, 160);
        Assert.Equal([150, 160], CheckpointDirectory.StepsIn(Runs));
        Samples.AssertGood(Runs, 160);
    }

    [Fact]
    public void TheSameStepIsReplaced()
    {
        var directory = new CheckpointDirectory(Runs);
        Samples.Save(directory, 5, mark: 1);
        Samples.Save(directory, 5, mark: 2);
        Assert.Equal(2, Samples.AssertGood(Runs, 5));
        Assert.Equal([5], CheckpointDirectory.StepsIn(Runs));
        Assert.Equal([".lock", "latest", "step-000000005"], Names());
    }

    [Fact]
    public void AWriterThatIsNotCommittedLeavesNothing()
    {
        using (var writer = new CheckpointDirectory(Runs).Begin(9))
        {
            writer.AddText("a.txt", "a");
            Assert.False(CheckpointDirectory.HasAny(Runs));
        }

        Assert.Equal([".lock"], Names());
        Assert.Contains("no checkpoint", Assert.Throws<UserErrorException>(() => Checkpoint.OpenLatest(Runs)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LeftoversOfACrashAreCleanedAndAHiddenReplacementComesBack()
    {
        var directory = new CheckpointDirectory(Runs);
        Samples.Save(directory, 1);
        Samples.Save(directory, 2);
        Directory.CreateDirectory(Path.Combine(Runs, ".step-000000003.partial", "deep"));
        File.WriteAllText(Path.Combine(Runs, ".latest.partial"), "step-0");
        Directory.Move(Path.Combine(Runs, "step-000000002"), Path.Combine(Runs, ".step-000000002.replaced"));

        Samples.AssertGood(Runs, 1);
        directory.Begin(4).Dispose();
        Assert.Equal([".lock", "latest", "step-000000001", "step-000000002"], Names());
        Samples.AssertGood(Runs, 2);
    }

    [Fact]
    public void TwoWritersDoNotMeet()
    {
        var directory = new CheckpointDirectory(Runs);
        using var first = directory.Begin(1);
        Assert.Throws<CheckpointException>(() => new CheckpointDirectory(Runs).Begin(2));
        first.AddText("a.txt", "a");
        first.Commit(Samples.Info());
        using var second = directory.Begin(2);
    }

    [Theory]
    [InlineData("")]
    [InlineData("../up")]
    [InlineData("sub/file")]
    [InlineData(".hidden")]
    [InlineData("manifest.json")]
    [InlineData("taken")]
    public void FileNamesArePlain(string name)
    {
        using var writer = new CheckpointDirectory(Runs).Begin(1);
        writer.AddText("taken", "");
        Assert.Throws<ArgumentException>(() => writer.AddText(name, ""));
        writer.Commit(Samples.Info());
        Assert.Throws<ObjectDisposedException>(() => writer.AddText("late", ""));
    }

    [Fact]
    public void PathsThatCannotWorkAreUserErrors()
    {
        File.WriteAllText(_root["file"], "");
        Assert.Throws<UserErrorException>(() => new CheckpointDirectory(_root["file"]));
        Assert.Throws<UserErrorException>(() => new CheckpointDirectory(Runs, new() { Keep = 0 }));
        Assert.Throws<UserErrorException>(() => Checkpoint.Open(_root["none"]));
        Assert.Throws<UserErrorException>(() => Checkpoint.Open(_root["step-000000001"]));
        Assert.Throws<UserErrorException>(() => Checkpoint.Open(_root["file"]));
        Assert.False(CheckpointDirectory.HasAny(_root["none"]));
    }

    [Fact]
    public void ALatestThatWasDeletedIsNotMissed()
    {
        var directory = new CheckpointDirectory(Runs);
        Samples.Save(directory, 1);
        Directory.Delete(Samples.Save(directory, 2), recursive: true);
        Samples.AssertGood(Runs, 1);
    }

    public void Dispose() => _root.Dispose();

    private IEnumerable<string> Names() => Directory.EnumerateFileSystemEntries(Runs).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);
}
