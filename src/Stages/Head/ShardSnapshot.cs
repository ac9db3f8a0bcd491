// What a shard lends to the checkpoint's writer.
using System.Globalization;
using System.Runtime.InteropServices;
using XClassFlow.Data.Checkpoints;
using XClassFlow.Stages.Training;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Head;

internal static class ShardSnapshot
{
    /// <summary>Rows, their optimizer state and the rates that rows which missed steps need. The tensors share the shard's memory.</summary>
    /// <param name="weights">The shard's rows.</param>
    /// <param name="partition">Which shard owns which classes.</param>
    /// <param name="shard">The shard.</param>
    /// <param name="step">The step that was made last.</param>
    public static StateSnapshot Of(ClassWeights weights, ClassPartition partition, int shard, long step)
    {
        var metadata = new Dictionary<string, string>(HeadShard.Of(partition.Classes, weights.Width, shard, partition.Shards).ToMetadata())
        {
            [ClassRowsState.RatesName] = Convert.ToBase64String(MemoryMarshal.AsBytes(weights.Rates.ToArray().AsSpan())),
            [ClassRowsState.UpdateMomentumName] = weights.Update.EffectiveMomentum.ToString(CultureInfo.InvariantCulture),
            [ClassRowsState.UpdateDecayName] = weights.Update.WeightDecay.ToString(CultureInfo.InvariantCulture),
        };
        (string Name, Tensor? Tensor)[] state =
        [
            (ClassRowsState.WeightName, weights.Weight),
            (ClassRowsState.MomentumName, weights.Momentum),
            (ClassRowsState.AccumulatorName, weights.Accumulators),
            (ClassRowsState.LastStepName, weights.LastSteps),
        ];
        var present = state.Where(t => t.Tensor is not null).ToArray();
        string[] names = [.. present.Select(t => t.Name)];
        Tensor[] tensors = [.. present.Select(t => t.Tensor!.detach())];
        return new StateSnapshot(step, 0, ClassRowsState.FileName(shard, partition.Shards), metadata, names, tensors);
    }
}
