// The target's logit under a margin, and its slope.
using XClassFlow.Stages.Torch;
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
            return (cosine.Minus(Size), ones_like(cosine));
        }

        var bounded = cosine.clamp(Scalars.Of(-1 + 1e-7), Scalars.Of(1 - 1e-7));
        var sine = bounded.Squared().negative().Plus(1).sqrt();
        var (cosM, sinM) = (Math.Cos(Size), Math.Sin(Size));
        var inside = bounded.gt(Scalars.Of(Math.Cos(Math.PI - Size)));
        var value = where(inside, bounded.Times(cosM) - sine.Times(sinM), bounded.Minus(Size * sinM));
        var slope = where(inside, (bounded / sine).Times(sinM).Plus(cosM), ones_like(cosine));
        return (value, slope);
    }
}
