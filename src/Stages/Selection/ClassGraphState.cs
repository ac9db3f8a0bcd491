// A shard's part of the class graph, as a checkpoint holds it.
using System.Globalization;
using XClassFlow.Stages.Training;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Selection;

/// <summary>Class graph part of one shard.</summary>
/// <param name="Step">The step from which on it is used.</param>
/// <param name="Offsets">[N + 1].</param>
/// <param name="Rows">[entries] local rows.</param>
/// <param name="Ranks">[entries] ranks.</param>
public sealed record ClassGraphState(long Step, long[] Offsets, int[] Rows, int[] Ranks)
{
    public const string OffsetsName = "offsets";
    public const string RowsName = "rows";
    public const string RanksName = "ranks";
    public const string StepName = "step";

    public static string FileName(int shard, int shards) => $"graph-{shard:00000}-of-{shards:00000}.safetensors";

    internal StateSnapshot ToSnapshot(long step, int shard, int shards) => new(
        step,
        0,
        FileName(shard, shards),
        new Dictionary<string, string> { [StepName] = Step.ToString(CultureInfo.InvariantCulture) },
        [OffsetsName, RowsName, RanksName],
        [tensor(Offsets), tensor(Rows), tensor(Ranks)]);
}
