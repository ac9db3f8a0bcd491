// A checkpoint was given up because the run goes on elsewhere.
namespace XClassFlow.Data.Checkpoints;

/// <summary>
/// The attempt at a checkpoint is over, or another incarnation of the run has taken the directory over. Not this writer's fault and not the disk's: whoever writes here
/// has been left behind.
/// </summary>
public sealed class CheckpointAbandonedException : CheckpointException
{
    /// <param name="path">The checkpoint in the making, or the directory.</param>
    /// <param name="why">Why it is over.</param>
    public CheckpointAbandonedException(string path, string why)
        : base(path, $"{path}: the checkpoint was given up: {why}; the previous checkpoint is untouched", new IOException(why))
    {
    }
}
