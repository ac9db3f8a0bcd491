// A checkpoint could not be written: a failure of the run, not of its input.
namespace XClassFlow.Data.Checkpoints;

/// <summary>
/// Raised when writing a checkpoint fails (disk full, device error, permission). The coordinator removes the partial directory, the previous checkpoint is as it
/// was. The message also says how many bytes were needed and how many were free.
/// </summary>
public class CheckpointException : OutputException
{
    /// <param name="path">File or directory that could not be written.</param>
    /// <param name="neededBytes">Bytes that the file needed; 0 where the failed operation needed none (a sync, a rename).</param>
    /// <param name="freeBytes">Bytes that were free before the file was begun; null where unknown.</param>
    /// <param name="inner">The cause.</param>
    public CheckpointException(string path, long neededBytes, long? freeBytes, Exception inner)
        : base(path, Compose(path, neededBytes, freeBytes, inner), inner)
    {
        NeededBytes = neededBytes;
        FreeBytes = freeBytes;
    }

    /// <summary>For a failure with words of its own.</summary>
    private protected CheckpointException(string path, string message, Exception inner)
        : base(path, message, inner)
    {
    }

    public long NeededBytes { get; }

    public long? FreeBytes { get; }

    private static string Compose(string path, long neededBytes, long? freeBytes, Exception inner)
    {
        var space = freeBytes is { } free ? $", {free} were free" : "";
        var needed = neededBytes > 0 ? $"; it needs {neededBytes} bytes{space}" : "";
        return $"{path}: the checkpoint cannot be written: {inner.Message.TrimEnd('.')}{needed}; the previous checkpoint is untouched";
    }
}
