// What of a run's graph stands in one process.
using XClassFlow.Stages.Training;

namespace XClassFlow.Stages.Planning;

/// <summary>Instances in one process.</summary>
/// <param name="Replicas">Backbones.</param>
/// <param name="Shards">Parts of the final layer.</param>
public sealed record ProcessShare(int Replicas, int Shards)
{
    /// <summary>The fullest of so many equal nodes.</summary>
    public static ProcessShare Of(LayoutSettings layout, int nodes)
        => new((layout.Replicas + nodes - 1) / nodes, (layout.Shards + nodes - 1) / nodes);

    /// <summary>The fullest node of a placement.</summary>
    public static ProcessShare Of(TrainingPlacement placement)
        => new(placement.Backbones.CountBy(n => n).Max(n => n.Value), placement.Shards.CountBy(n => n).Max(n => n.Value));
}
