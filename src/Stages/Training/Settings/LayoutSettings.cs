// Settings of how the graph is spread.
using XClassFlow.Data;

namespace XClassFlow.Stages.Training;

/// <summary>How many instances of the stages there are.</summary>
/// <param name="Replicas">R, data-parallel backbones.</param>
/// <param name="Shards">S, class-parallel parts of the final layer.</param>
public sealed record LayoutSettings(int Replicas = 1, int Shards = 2)
{
    public void Validate(string path)
    {
        if (Replicas is < 1 or > 1024)
        {
            throw new UserErrorException($"replicas = {Replicas} is out of range", path, "use 1 to 1024");
        }

        if (Shards is < 1 or > 4096)
        {
            throw new UserErrorException($"shards = {Shards} is out of range", path, "use 1 to 4096");
        }
    }
}
