// A policy gave the run up.
using XClassFlow.Data;

namespace XClassFlow.Stages.Training;

/// <summary>After repeated trouble: the run cannot go on as it is, but may from its last good checkpoint with lower rates.</summary>
/// <param name="step">Updates made.</param>
/// <param name="reason">The policy's words.</param>
/// <param name="checkpoint">The last checkpoint, which is good: none is written in times of trouble; null where there is none.</param>
public sealed class TroubleException(long step, string reason, string? checkpoint)
    : RunFailureException($"before step {step + 1}: {reason}{(checkpoint is null ? "" : $"; the last good checkpoint is {checkpoint}")}")
{
    public long Step => step;

    public string Reason => reason;

    public string? Checkpoint => checkpoint;

    /// <summary>The one behind an exception of a host, or null.</summary>
    public static TroubleException? In(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
        {
            if (e is TroubleException trouble)
            {
                return trouble;
            }
        }

        return null;
    }
}
