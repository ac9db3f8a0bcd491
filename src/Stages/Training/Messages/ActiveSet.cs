// The rows of a shard that take part in a step.
using XClassFlow.Stages.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>A shard's active classes for a step.</summary>
/// <param name="Step">Step.</param>
/// <param name="MicroBatch">0.</param>
/// <param name="Rows">int64 [A] local row numbers, the batch's labels first; null: all rows.</param>
/// <param name="LabelRows">How many of the rows are labels of the batch.</param>
/// <param name="CertainRows">How many rows (from the front) stand for themselves only.</param>
/// <param name="Represents">How many classes each of the other rows stands for (1/q, q the probability of being sampled); 1 where uncorrected.</param>
public sealed record ActiveSet(long Step, int MicroBatch, Tensor? Rows, int LabelRows, int CertainRows, double Represents) : Message(Step, MicroBatch);
