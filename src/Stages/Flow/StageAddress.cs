// Names one instance of a stage: its group and its number in the group, as in shard[1].
namespace XClassFlow.Stages.Flow;

/// <summary>One instance of a stage in the graph.</summary>
/// <param name="Group">The name of the stage in the graph ("backbone", "shard", ...).</param>
/// <param name="Index">Which instance, from 0; for shards the shard, for backbones the rank.</param>
public readonly record struct StageAddress(string Group, int Index)
{
    public override string ToString() => $"{Group}[{Index}]";
}
