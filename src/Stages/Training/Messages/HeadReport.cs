// What a shard tells the supervisor after a step.
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Training;

/// <summary>A shard's report of a step. Loss and hits are those of the global batch, equal on all shards.</summary>
/// <param name="Step">Step.</param>
/// <param name="MicroBatch">0.</param>
/// <param name="Loss">Mean loss over the active classes.</param>
/// <param name="Top1">Share of the samples whose class has the largest logit among the active ones (margin included).</param>
/// <param name="ActiveRows">Active rows of this shard that a sample is compared with, mean over the samples.</param>
/// <param name="UpdatedRows">Rows of this shard that the step updated.</param>
/// <param name="SquaredGradient">Sum of the squares of the gradient of this shard's rows; 0 where the step was left out.</param>
/// <param name="Applied">Whether the rows were updated; all shards agree.</param>
public sealed record HeadReport(
    long Step, int MicroBatch, double Loss, double Top1, double ActiveRows, long UpdatedRows, double SquaredGradient = 0, bool Applied = true) : Message(Step, MicroBatch);
