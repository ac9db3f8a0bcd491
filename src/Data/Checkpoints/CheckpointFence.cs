// Which incarnation of a run may write the checkpoints of a directory.
using System.Globalization;
using System.Text;

namespace XClassFlow.Data.Checkpoints;

/// <summary>
/// A small file that names the run and the incarnation that own a directory of checkpoints. A node that was cut off or stopped for a while and wakes up when the
/// run has gone on without it finds another owner and publishes nothing. Who raises the fence also takes all attempts of earlier owners away, so a rename that an old owner
/// was about to make fails.
/// </summary>
/// <param name="directory">The directory of checkpoints; exists.</param>
/// <param name="run">Identity of the run.</param>
/// <param name="incarnation">Number of its layout, rising.</param>
public sealed class CheckpointFence(string directory, string run, long incarnation)
{
    private const string FileName = ".owner";
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    private readonly string _path = Path.Combine(directory, FileName);

    /// <summary>Identity of the run.</summary>
    public string Run => run;

    /// <summary>Name of the lock of this owner's coordinator: an earlier one that hangs with its lock must not hold this one up.</summary>
    internal string LockName => string.Create(CultureInfo.InvariantCulture, $"{CheckpointNames.Lock}-{incarnation}");

    /// <summary>Makes this incarnation the owner, durably.</summary>
    /// <exception cref="CheckpointAbandonedException">A later incarnation of the run owns the directory.</exception>
    /// <exception cref="CheckpointException">The file cannot be written.</exception>
    internal void Raise(DurableFiles files)
    {
        if (Owner() is { } owner && owner.Run == run && owner.Incarnation > incarnation)
        {
            throw LeftBehind(owner.Incarnation);
        }

        try
        {
            files.Replace(_path, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{run} {incarnation}\n")));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException(_path, 0, null, error);
        }
    }

    /// <summary>Checks that this incarnation still owns the directory.</summary>
    /// <exception cref="CheckpointAbandonedException">Another does.</exception>
    internal void Require()
    {
        if (Owner() is var owner && owner != (run, incarnation))
        {
            throw owner is { } other && other.Run == run
                ? LeftBehind(other.Incarnation)
                : new CheckpointAbandonedException(directory, "another run writes its checkpoints here now");
        }
    }

    /// <summary>Waits until this incarnation owns the directory, as seen from this machine.</summary>
    /// <param name="limit">How long the owner's machine may take.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="UserErrorException">It did not appear: the machines do not share the directory.</exception>
    public async Task WaitAsync(TimeSpan limit, CancellationToken cancel)
    {
        var until = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        while (Owner() != (run, incarnation))
        {
            if (Environment.TickCount64 > until)
            {
                throw new UserErrorException(
                    "is not the directory that the run's first node writes to", directory, "name a directory on a file system that all machines share, under one path");
            }

            await Task.Delay(Poll, cancel);
        }
    }

    private CheckpointAbandonedException LeftBehind(long other)
        => new(directory, string.Create(CultureInfo.InvariantCulture, $"the run goes on as incarnation {other}, this is {incarnation}"));

    private (string Run, long Incarnation)? Owner()
    {
        try
        {
            var text = File.ReadAllText(_path).TrimEnd('\n');
            return text.LastIndexOf(' ') is > 0 and var space && long.TryParse(text.AsSpan(space + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? (text[..space], number)
                : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
