// A small figure in a picture: an ellipse, a box, a ring or a cross, at a place, turned and with a colour.
using System.Runtime.Intrinsics;

namespace XClassFlow.Data.Generated;

/// <summary>Coordinates are those of the picture: -1 to 1 both ways, v downwards.</summary>
internal struct PictureMark
{
    public MarkKind Kind;
    public float U;
    public float V;
    public float Cos;
    public float Sin;
    public float RadiusU;
    public float RadiusV;
    public PictureColour Colour;

    /// <summary>How much of each pixel it covers, 0 to 1.</summary>
    /// <param name="u">Pixel coordinates.</param>
    /// <param name="v">Pixel coordinates.</param>
    /// <param name="pixelsPerUnit">Makes edges one pixel soft.</param>
    public readonly Vector256<float> Cover(Vector256<float> u, Vector256<float> v, float pixelsPerUnit)
    {
        var (du, dv) = (u - Vector256.Create(U), v - Vector256.Create(V));
        var a = Vector256.Abs((du * Cos) + (dv * Sin)) * (1 / RadiusU);
        var b = Vector256.Abs((dv * Cos) - (du * Sin)) * (1 / RadiusV);
        var sharpness = pixelsPerUnit * MathF.Min(RadiusU, RadiusV);
        var depth = Kind switch
        {
            MarkKind.Ellipse => (Vector256<float>.One - (a * a) - (b * b)) * 0.5f,
            MarkKind.Ring => Vector256.Create(0.25f) - Vector256.Abs(Vector256.Sqrt((a * a) + (b * b)) - Vector256.Create(0.75f)),
            MarkKind.Cross => Vector256.Min(Vector256.Create(0.3f) - Vector256.Min(a, b), Vector256<float>.One - Vector256.Max(a, b)),
            _ => Vector256<float>.One - Vector256.Max(a, b),
        };
        return Clamp((depth * sharpness) + Vector256.Create(0.5f));
    }

    public static Vector256<float> Clamp(Vector256<float> x) => Vector256.Min(Vector256.Max(x, Vector256<float>.Zero), Vector256<float>.One);
}
