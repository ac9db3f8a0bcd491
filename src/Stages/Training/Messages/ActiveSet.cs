// The rows of a shard that take part in a step.
using XClassFlow.Stages.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>A shard's active classes for a step: one set for the whole batch, or one for every group of samples that follow one another in it.</summary>
/// <param name="Step">Step.</param>
/// <param name="MicroBatch">0.</param>
/// <param name="Rows">int64: the local row numbers of every set, one set after the other, in each the group's labels first; null: all rows.</param>
/// <param name="GroupSamples">Samples of a group; the last one may have fewer.</param>
/// <param name="RowCounts">Rows of every set.</param>
/// <param name="LabelRows">How many of a set's rows are labels of its group.</param>
/// <param name="CertainRows">How many of a set's rows (from the front) stand for themselves only.</param>
/// <param name="Represents">float32: how many classes each of the sets' other rows stands for (1/q, q the probability of being sampled), one set after the other; null where uncorrected.</param>
/// <param name="ListedCounts">In an audited step: how many of this shard's rows the class graph lists for each sampled class; null otherwise.</param>
/// <param name="Listed">Those local rows, one list after the other.</param>
public sealed record ActiveSet(
    long Step, int MicroBatch, Tensor? Rows, int GroupSamples, int[] RowCounts, int[] LabelRows, int[] CertainRows, Tensor? Represents,
    int[]? ListedCounts = null, long[]? Listed = null) : Message(Step, MicroBatch)
{
    /// <summary>All rows.</summary>
    public static ActiveSet All(long step, int globalBatch) => new(step, 0, null, globalBatch, [], [], [], null);
}
