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
public sealed record HeadReport(long Step, int MicroBatch, double Loss, double Top1, double ActiveRows, long UpdatedRows) : Message(Step, MicroBatch);
