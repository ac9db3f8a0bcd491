// The best classes of the samples of one evaluation batch.
using XClassFlow.Stages.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>Merged top-k of a batch, for whoever writes predictions.</summary>
/// <param name="Step">Step.</param>
/// <param name="MicroBatch">Evaluation batch.</param>
/// <param name="Scores">float32 [b, k]: logits, descending.</param>
/// <param name="Classes">int64 [b, k].</param>
/// <param name="Labels">int64 [b].</param>
public sealed record Prediction(long Step, int MicroBatch, Tensor Scores, Tensor Classes, Tensor Labels) : Message(Step, MicroBatch);
