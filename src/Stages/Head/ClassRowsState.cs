// Class weights with their optimizer state, as a checkpoint holds them.
using static TorchSharp.torch;

namespace XClassFlow.Stages.Head;

/// <summary>Rows of one shard from a checkpoint. Whoever makes it hands the tensors over to the shard.</summary>
/// <param name="Weight">float32 or bfloat16 [num_local, D].</param>
/// <param name="Momentum">float32 [num_local, D], or null.</param>
/// <param name="Accumulators">float32 [num_local] of AdaGrad, or null.</param>
/// <param name="LastSteps">int32 [num_local]: the step each row was last updated in, -1 for never; null where idle rows do not move.</param>
/// <param name="Rates">Learning rate of every step so far; with momentum or decay it says what the rows that were not active have missed.</param>
public sealed record ClassRowsState(Tensor Weight, Tensor? Momentum, Tensor? Accumulators, Tensor? LastSteps, double[] Rates)
{
    public const string WeightName = "weight";
    public const string MomentumName = "momentum";
    public const string AccumulatorName = "accumulator";
    public const string LastStepName = "last_step";
    public const string RatesName = "rates";
    public const string UpdateMomentumName = "update_momentum";
    public const string UpdateDecayName = "update_weight_decay";

    public static string FileName(int shard, int shards) => $"head-{shard:00000}-of-{shards:00000}.safetensors";
}
