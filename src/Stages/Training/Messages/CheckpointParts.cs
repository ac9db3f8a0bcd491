// What a writer has added to a checkpoint.
using XClassFlow.Data.Checkpoints;
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Training;

/// <summary>The files of one writer, which are on disk now; three arrays of equal length. Small, whatever the size of the files.</summary>
/// <param name="Step">Step.</param>
/// <param name="MicroBatch">0.</param>
/// <param name="Names">Plain names.</param>
/// <param name="Lengths">Bytes of each.</param>
/// <param name="Checksums">XxHash3 of each.</param>
public sealed record CheckpointParts(long Step, int MicroBatch, string[] Names, long[] Lengths, string[] Checksums) : Message(Step, MicroBatch)
{
    /// <summary>The message for a list of files.</summary>
    public static CheckpointParts Of(long step, IReadOnlyList<CheckpointFile> files)
        => new(step, 0, [.. files.Select(f => f.Name)], [.. files.Select(f => f.ByteLength)], [.. files.Select(f => f.Checksum)]);

    /// <summary>The list of files again.</summary>
    public IEnumerable<CheckpointFile> Files() => Names.Select((name, i) => new CheckpointFile(name, Lengths[i], Checksums[i]));
}
