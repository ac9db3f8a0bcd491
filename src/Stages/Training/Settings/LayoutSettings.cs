// Settings of how the graph is spread.
using XClassFlow.Data;

namespace XClassFlow.Stages.Training;

/// <summary>How many instances of the stages there are.</summary>
/// <param name="Replicas">R, data-parallel backbones; 0: one for each node that may hold one.</param>
/// <param name="Shards">S, class-parallel parts of the final layer; 0: one for each node that may hold one.</param>
public sealed record LayoutSettings(int Replicas = 1, int Shards = 2)
{
    /// <summary>The same with numbers in place of zeros.</summary>
    /// <param name="backboneNodes">Nodes that may hold a backbone.</param>
    /// <param name="shardNodes">Nodes that may hold a shard.</param>
    public LayoutSettings On(int backboneNodes, int shardNodes) =>
        new(Replicas > 0 ? Replicas : backboneNodes, Shards > 0 ? Shards : shardNodes);

    public void Validate(string path)
    {
        if (Replicas is < 0 or > 1024)
        {
            throw new UserErrorException($"replicas = {Replicas} is out of range", path, "use 1 to 1024, or 0 for one on each node");
        }

        if (Shards is < 0 or > 4096)
        {
            throw new UserErrorException($"shards = {Shards} is out of range", path, "use 1 to 4096, or 0 for one on each node");
        }
    }
}
