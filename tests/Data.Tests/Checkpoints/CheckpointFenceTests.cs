// A run that has gone on elsewhere: who was left behind publishes nothing and holds nobody up.
using XClassFlow.Data.Checkpoints;

namespace XClassFlow.Data.Tests.Checkpoints;

public sealed class CheckpointFenceTests : IDisposable
{
    private readonly TemporaryDirectory _root = new();

    [Fact]
    public void AnOldOwnerThatWakesUpCommitsNothing()
    {
        var old = Claimed(1);
        Samples.Save(old, 10);
        using var frozen = old.Begin(20);
        frozen.AddText("notes.txt", "of the past");

        var current = Claimed(2);
        Samples.Save(current, 15);
        Assert.Throws<CheckpointAbandonedException>(() => frozen.Commit(Samples.Info()));
        Assert.Throws<CheckpointAbandonedException>(() => old.Begin(30));
        Assert.Equal([10, 15], CheckpointDirectory.StepsIn(_root.Path));
        Samples.AssertGood(_root.Path, 15);
    }

    [Fact]
    public void AnOldOwnersLockHoldsNobodyUpAndItsAttemptIsTakenAway()
    {
        var old = Claimed(1);
        using var frozen = old.Begin(20);
        var current = Claimed(2);
        Assert.Empty(Directory.EnumerateDirectories(_root.Path, "*.partial"));
        Samples.Save(current, 20);
        Samples.AssertGood(_root.Path, 20);
    }

    [Fact]
    public void AWriterOfAnAttemptThatIsOverSaysSo()
    {
        var old = Claimed(1);
        using var coordinator = old.Begin(20);
        var part = Of(1).Join(coordinator.Attempt);
        part.AddText("first.txt", "in time");
        Claimed(2);
        Assert.Throws<CheckpointAbandonedException>(() => part.AddText("second.txt", "too late"));
        Assert.Throws<CheckpointAbandonedException>(() => Of(1).Join(coordinator.Attempt));
    }

    [Fact]
    public void AnEarlierIncarnationCannotTakeTheDirectoryBackButAnotherRunCan()
    {
        Claimed(2);
        Assert.Throws<CheckpointAbandonedException>(() => Claimed(1));
        Samples.Save(Claimed(1, "another run"), 5);
        Assert.Throws<CheckpointAbandonedException>(() => Of(2).Begin(6));
    }

    [Fact]
    public async Task OthersWaitForTheOwnerOrSayThatTheDirectoryIsNotShared()
    {
        var waiting = new CheckpointFence(_root.Path, "run", 3).WaitAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
        Assert.False(waiting.IsCompleted);
        Claimed(3);
        await waiting;
        var error = await Assert.ThrowsAsync<UserErrorException>(() => new CheckpointFence(_root.Path, "run", 4).WaitAsync(TimeSpan.FromMilliseconds(100), CancellationToken.None));
        Assert.Contains("all machines share", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _root.Dispose();

    private CheckpointDirectory Of(long incarnation, string run = "run") => new(_root.Path) { Fence = new CheckpointFence(_root.Path, run, incarnation) };

    private CheckpointDirectory Claimed(long incarnation, string run = "run")
    {
        var directory = Of(incarnation, run);
        directory.Claim();
        return directory;
    }
}
