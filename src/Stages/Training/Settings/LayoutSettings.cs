// Settings of how the graph is spread.
using XClassFlow.Data;
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Training;

/// <summary>How many instances of the stages there are.</summary>
/// <param name="Replicas">R, data-parallel backbones; 0: one for each node that may hold one.</param>
/// <param name="Shards">S, class-parallel parts of the final layer; 0: one for each node that may hold one.</param>
/// <param name="Wire">Type in which embeddings and gradients travel between nodes; statistics, labels and state travel as they are.</param>
/// <param name="AllReduce">In how many hops gradients are summed over the replicas; the results are the same.</param>
public sealed record LayoutSettings(int Replicas = 0, int Shards = 2, WirePrecision Wire = WirePrecision.Float32, AllReduceWay AllReduce = AllReduceWay.Auto)
{
    /// <summary>The same with numbers in place of zeros.</summary>
    /// <param name="backboneNodes">Nodes that may hold a backbone.</param>
    /// <param name="shardNodes">Nodes that may hold a shard.</param>
    public LayoutSettings On(int backboneNodes, int shardNodes) =>
        this with { Replicas = Replicas > 0 ? Replicas : backboneNodes, Shards = Shards > 0 ? Shards : shardNodes };

    public void Validate(string path)
    {
        SettingsCheck.Within(path, "replicas", Replicas, 0, 1024, "0 is one on each node");
        SettingsCheck.Within(path, "shards", Shards, 0, 4096, "0 is one on each node");
    }
}
