// The normalisation layers that backbones offer.
namespace XClassFlow.Stages.Backbones.Layers;

/// <summary>Kind of normalisation between a linear map and its activation.</summary>
public enum NormKind
{
    /// <summary>Batch normalisation: statistics of the micro-batch on this rank in training, running ones in evaluation.</summary>
    Batch,

    /// <summary>Group normalisation: statistics of the sample; the result does not depend on the micro-batch.</summary>
    Group,

    /// <summary>None; the linear map gets a bias instead.</summary>
    None,
}
