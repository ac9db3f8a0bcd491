// Where a run goes on from.
using XClassFlow.Data;
using XClassFlow.Data.Checkpoints;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Training;

/// <summary>A run goes on with the checkpoints of its directory, or begins in one that has none.</summary>
internal static class CheckpointsOfRun
{
    /// <summary>The mistake of a new run in a directory of checkpoints that is taken.</summary>
    public static UserErrorException HoldsAnotherRun(string path)
        => new("holds checkpoints of another run", path, "add --resume to go on with it, or name another directory");

    /// <summary>Opens what a run goes on from.</summary>
    /// <param name="path">Directory of checkpoints; null: none are written.</param>
    /// <param name="resume">Whether the run goes on with the last one.</param>
    /// <param name="part">Whether only a part of it is read here; then its checksums are not verified.</param>
    /// <param name="abort">Ends the verification.</param>
    /// <returns>Null for a new run.</returns>
    /// <exception cref="UserErrorException">There is nothing to go on from, or something that a new run would mix with.</exception>
    public static SavedRun? Open(string? path, bool resume, bool part, CancellationToken abort)
    {
        if (path is null)
        {
            return resume ? throw new UserErrorException("needs to know where the checkpoints are", "--resume", "add --checkpoint DIR") : null;
        }

        if (resume)
        {
            return SavedRun.Open(path, part, abort);
        }

        return CheckpointDirectory.HasAny(path) ? throw HoldsAnotherRun(path) : null;
    }
}
