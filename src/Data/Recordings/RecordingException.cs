// A recording could not be written: a failure of the run.
namespace XClassFlow.Data.Recordings;

/// <summary>Raised when an edge cannot be recorded (disk full, device error). What was recorded before remains readable.</summary>
public sealed class RecordingException : OutputException
{
    /// <param name="path">The file.</param>
    /// <param name="neededBytes">Bytes that were being written; 0 where unknown.</param>
    /// <param name="inner">The cause.</param>
    public RecordingException(string path, long neededBytes, Exception inner)
        : base(
            path,
            $"{path}: the recording cannot be written: {inner.Message.TrimEnd('.')}{(neededBytes > 0 ? $"; it needs about {neededBytes} bytes more" : "")}; what was recorded before is kept",
            inner) => NeededBytes = neededBytes;

    public long NeededBytes { get; }
}
