// The margins that may be put on the target's logit.
namespace XClassFlow.Stages.Head;

/// <summary>Margin on the target class; needs unit rows.</summary>
public enum MarginKind
{
    None,

    /// <summary>cos(theta + m) (ArcFace, CVPR 2019).</summary>
    ArcFace,

    /// <summary>cos(theta) - m (CosFace, CVPR 2018).</summary>
    CosFace,
}
