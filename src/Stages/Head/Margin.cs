// The target's logit under a margin, and its slope.
using static TorchSharp.torch;

namespace XClassFlow.Stages.Head;

/// <summary>A margin function phi(cos theta) for the target class.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Size">m, in radians (ArcFace) or as a cosine (CosFace).</param>
internal readonly record struct Margin(MarginKind Kind, double Size)
{
    /// <summary>phi and dphi/dcos for cosines [n]. Beyond pi - m ArcFace goes on with slope 1 (cos - m sin m), so that phi keeps falling.</summary>
    public (Tensor Value, Tensor Slope) Apply(Tensor cosine)
    {
        if (Kind == MarginKind.None || Size == 0)
        {
            return (cosine, ones_like(cosine));
        }

        if (Kind == MarginKind.CosFace)
        {
            return (cosine - Size, ones_like(cosine));
        }

        var bounded = cosine.clamp(-1 + 1e-7, 1 - 1e-7);
        var sine = (1 - bounded.square()).sqrt();
        var (cosM, sinM) = (Math.Cos(Size), Math.Sin(Size));
        var inside = bounded > Math.Cos(Math.PI - Size);
        var value = where(inside, (bounded * cosM) - (sine * sinM), bounded - (Size * sinM));
        var slope = where(inside, cosM + (bounded / sine * sinM), ones_like(cosine));
        return (value, slope);
    }
}
