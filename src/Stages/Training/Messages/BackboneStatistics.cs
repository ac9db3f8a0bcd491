// A rank's running statistics on the way to the other ranks.
using XClassFlow.Stages.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>Running statistics of one replica of the backbone after a step.</summary>
/// <param name="Step">Step.</param>
/// <param name="MicroBatch">0.</param>
/// <param name="Values">float32 [n], see <see cref="Backbones.Backbone.FlatStatistics"/>.</param>
public sealed record BackboneStatistics(long Step, int MicroBatch, Tensor Values) : Message(Step, MicroBatch);
