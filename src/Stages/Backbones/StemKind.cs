// The first layers of a residual network.
namespace XClassFlow.Stages.Backbones;

/// <summary>Kind of stem.</summary>
public enum StemKind
{
    /// <summary>7x7 convolution at stride 2 and a 3x3 max-pool at stride 2: a quarter of the height and width is left. For 128 pixels and more.</summary>
    ImageNet,

    /// <summary>3x3 convolution at stride 1 and no pool, for pictures of 64 pixels or less.</summary>
    Small,
}
