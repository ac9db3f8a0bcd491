// How the classes that are no neighbours are sampled.
namespace XClassFlow.Stages.Selection;

/// <summary>The choice of far classes in mode mix. Either way their logits are corrected by what they stand for, so that the loss estimates the full softmax.</summary>
public enum FarSampling
{
    /// <summary>More often from regions of the class graph whose classes matter more to the labels: see <see cref="RegionSampler"/>.</summary>
    Regions,

    /// <summary>All alike.</summary>
    Uniform,
}
