// The target's logit under a margin, and its slope.
namespace XClassFlow.Stages.Head;

/// <summary>A margin function phi(cos theta) for the target class.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Size">m, in radians (ArcFace) or as a cosine (CosFace).</param>
internal readonly record struct Margin(MarginKind Kind, double Size)
{
    /// <summary>phi and dphi/dcos. Beyond pi - m ArcFace goes on with slope 1 (cos - m sin m), so that phi keeps falling.</summary>
    public (float Value, float Slope) Apply(float cosine)
    {
        if (Kind == MarginKind.None || Size == 0)
        {
            return (cosine, 1);
        }

        if (Kind == MarginKind.CosFace)
        {
            return ((float)(cosine - Size), 1);
        }

        var bounded = Math.Clamp(cosine, -1 + 1e-7, 1 - 1e-7);
        var (sinM, cosM) = Math.SinCos(Size);
        if (bounded <= Math.Cos(Math.PI - Size))
        {
            return ((float)(bounded - (Size * sinM)), 1);
        }

        var sine = Math.Sqrt(1 - (bounded * bounded));
        return ((float)((bounded * cosM) - (sine * sinM)), (float)((bounded / sine * sinM) + cosM));
    }
}
