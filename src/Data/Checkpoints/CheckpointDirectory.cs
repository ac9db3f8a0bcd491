// A directory that holds checkpoints: begins new ones, knows which is the latest, deletes the oldest.
using System.Text;

namespace XClassFlow.Data.Checkpoints;

/// <summary>
/// Checkpoints step-000000123/ side by side, and a file `latest` with the name of the one written last. A checkpoint is there as a whole or not
/// at all: it is written under a hidden name, synced, then renamed. One checkpoint at a time, others are held off by a lock file; any number of readers.
/// Who begins a checkpoint coordinates it, alone or with writers in other processes and on other machines that share the directory: they <see cref="Join"/> it,
/// add files, and tell the coordinator what they added.
/// </summary>
public sealed class CheckpointDirectory
{
    private readonly DurableFiles _files;
    private readonly Settings _settings;

    /// <summary>Names a directory; makes it if need be, so that a bad path shows before training starts.</summary>
    /// <exception cref="UserErrorException">The directory cannot be made, or a setting is out of range.</exception>
    public CheckpointDirectory(string path, Settings? settings = null)
        : this(path, settings, DurableFiles.Disk)
    {
    }

    internal CheckpointDirectory(string path, Settings? settings, DurableFiles files)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Path = System.IO.Path.GetFullPath(path);
        _settings = settings ?? new Settings();
        _files = files;
        if (_settings.Keep < 1)
        {
            throw new UserErrorException($"cannot keep {_settings.Keep} checkpoints", Path, "keep at least 1");
        }

        try
        {
            Directory.CreateDirectory(Path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"no checkpoints can be written here: {error.Message}", Path, "name a directory that can be made and written", error);
        }
    }

    /// <summary>Full path.</summary>
    public string Path { get; }

    /// <summary>Who must own the directory for checkpoints to be begun and committed; null: anybody, one at a time.</summary>
    public CheckpointFence? Fence { get; init; }

    /// <summary>Gives up writing in the middle of a file: of a large checkpoint that takes minutes, and who was left behind must not take so long to stop.</summary>
    public CancellationToken Abort { get; init; }

    /// <summary>Makes the fence's incarnation the owner, and takes away what earlier ones were writing.</summary>
    /// <exception cref="CheckpointException">A later incarnation owns the directory, or it cannot be written.</exception>
    public void Claim()
    {
        Fence?.Raise(_files);
        CleanUp();
        foreach (var old in Directory.EnumerateFiles(Path, CheckpointNames.Lock + "-*").Where(file => System.IO.Path.GetFileName(file) != Fence?.LockName).ToList())
        {
            DurableFiles.TryDelete(old);
        }
    }

    /// <summary>Whether a directory holds at least one checkpoint; false where it does not exist.</summary>
    public static bool HasAny(string path) => StepsIn(path).Count > 0;

    /// <summary>Steps of the checkpoints in a directory, rising; empty where it does not exist.</summary>
    public static IReadOnlyList<long> StepsIn(string path) => !Directory.Exists(path)
        ? []
        : [.. Directory.EnumerateDirectories(path)
            .Select(entry => CheckpointNames.ParseStep(System.IO.Path.GetFileName(entry)))
            .OfType<long>()
            .Order()];

    /// <summary>Full path of the checkpoint of a step, whether there is one or not.</summary>
    public string PathOf(long step) => System.IO.Path.Combine(Path, CheckpointNames.Step(step));

    /// <summary>Full path of the checkpoint that was written last; null where there is none.</summary>
    public string? Newest() => NewestFirst(Path).Select(PathOf).FirstOrDefault();

    /// <summary>Starts a checkpoint; removes what a crashed process left. The caller owns the writer and disposes it, committed or not.</summary>
    /// <param name="step">Number of weight updates done. A checkpoint of the same step is replaced on commit.</param>
    /// <exception cref="CheckpointException">The directory cannot be written, or another writer is at work in it.</exception>
    public CheckpointWriter Begin(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        Fence?.Require();
        FileStream? guard = null;
        try
        {
            guard = new FileStream(System.IO.Path.Combine(Path, Fence?.LockName ?? CheckpointNames.Lock), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            CleanUp();
            var partial = System.IO.Path.Combine(Path, CheckpointNames.NewPartial(step));
            Directory.CreateDirectory(partial);
            return new CheckpointWriter(this, step, partial, _files, guard);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            guard?.Dispose();
            throw new CheckpointException(Path, 0, null, error);
        }
    }

    /// <summary>
    /// Takes part in a checkpoint that a coordinator has begun, here or on another machine. Nothing is made or deleted but the files that are added, so a writer
    /// that comes too late, for an attempt that was given up, fails and harms nothing.
    /// </summary>
    /// <param name="attempt"><see cref="CheckpointWriter.Attempt"/> of the coordinator.</param>
    /// <exception cref="CheckpointException">The attempt is over, or the machines do not share the directory.</exception>
    /// <exception cref="ArgumentException">It is not the name of an attempt.</exception>
    public CheckpointPart Join(string attempt)
    {
        ArgumentNullException.ThrowIfNull(attempt);
        if (!CheckpointNames.IsPartial(attempt))
        {
            throw new ArgumentException($"'{attempt}' is not the name of a checkpoint in the making", nameof(attempt));
        }

        var partial = System.IO.Path.Combine(Path, attempt);
        return Directory.Exists(partial)
            ? new CheckpointPart(partial, _files, Abort)
            : throw new CheckpointAbandonedException(partial, "it is not there any more, or this machine does not share the directory with the others");
    }

    /// <summary>Points `latest` at a complete checkpoint, then deletes those that are too many.</summary>
    internal void Publish(long step)
    {
        _files.Replace(System.IO.Path.Combine(Path, CheckpointNames.Latest), Encoding.UTF8.GetBytes(CheckpointNames.Step(step) + "\n"));
        foreach (var old in NewestFirst(Path).Where(other => other != step).Skip(_settings.Keep - 1))
        {
            Retire(old);
        }
    }

    /// <summary>
    /// The steps in a directory in the order in which they were written, last first: after a run went back to an older checkpoint, step numbers
    /// do not tell. Those without a readable manifest come last.
    /// </summary>
    internal static IEnumerable<long> NewestFirst(string path) => StepsIn(path)
        .Select(step => (Step: step, Created: CreatedOrNever(System.IO.Path.Combine(path, CheckpointNames.Step(step)))))
        .OrderByDescending(entry => entry.Created)
        .ThenByDescending(entry => entry.Step)
        .Select(entry => entry.Step)
        .ToList();

    private static DateTimeOffset CreatedOrNever(string checkpoint)
    {
        try
        {
            return CheckpointManifest.Read(System.IO.Path.Combine(checkpoint, CheckpointManifest.FileName)).CreatedUtc;
        }
        catch (UserErrorException)
        {
            return DateTimeOffset.MinValue;
        }
    }

    // Hidden before it is deleted: a crash in between leaves no half checkpoint under a valid name. What cannot be deleted now is tried again by
    // the next writer; the new checkpoint is good, so it is no reason to stop the run.
    private void Retire(long step)
    {
        var hidden = System.IO.Path.Combine(Path, CheckpointNames.Removed(CheckpointNames.Step(step)));
        try
        {
            _files.Rename(PathOf(step), hidden);
            DurableFiles.TryDelete(hidden);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
        }
    }

    private void CleanUp()
    {
        foreach (var entry in Directory.EnumerateFileSystemEntries(Path, ".*" + CheckpointNames.RemovedSuffix).ToList())
        {
            DurableFiles.TryDelete(entry);
        }

        foreach (var entry in Directory.EnumerateFileSystemEntries(Path, ".*" + CheckpointNames.PartialSuffix).ToList())
        {
            DurableFiles.TryRemove(entry);
        }

        // A crash between the two renames of a replacement: the older one still is the only one of its step.
        foreach (var replaced in Directory.EnumerateDirectories(Path, ".*" + CheckpointNames.ReplacedSuffix).ToList())
        {
            var name = System.IO.Path.GetFileName(replaced)[1..^CheckpointNames.ReplacedSuffix.Length];
            var original = System.IO.Path.Combine(Path, name);
            if (Directory.Exists(original))
            {
                DurableFiles.TryDelete(replaced);
            }
            else
            {
                _files.Rename(replaced, original);
            }
        }
    }

    /// <summary>Settings of a directory of checkpoints.</summary>
    public sealed record Settings
    {
        /// <summary>How many checkpoints to keep, the new one included; at least 1. An older one is deleted only once a newer one is complete.</summary>
        public int Keep { get; init; } = 3;
    }
}
