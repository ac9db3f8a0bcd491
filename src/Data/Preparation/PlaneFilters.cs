// Small neighbourhood filters on one channel of a picture, in place.
using System.Numerics;

namespace XClassFlow.Data.Preparation;

/// <summary>
/// Beyond its border the picture goes on as it ends. Every operation is elementwise, without fused multiply-adds, so the bits do not depend on the
/// width of the machine's vectors.
/// </summary>
internal static class PlaneFilters
{
    private const int StackWidth = 1024;

    /// <summary>Each pixel p becomes p + weight * (filter(p) - p).</summary>
    /// <param name="plane">[height, width], changed.</param>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="filter">The filter.</param>
    /// <param name="weight">0 to 1.</param>
    public static void Apply(Span<float> plane, int width, PlaneFilter filter, float weight)
    {
        // Three rows as they were, with a pixel more on both sides: what is above has been overwritten already.
        var padded = width + 2;
        Span<float> rows = padded <= StackWidth ? stackalloc float[3 * padded] : new float[3 * padded];
        var (height, top) = (plane.Length / width, 0);
        Load(plane[..width], rows.Slice(padded, padded));
        rows.Slice(padded, padded).CopyTo(rows[..padded]);
        for (var y = 0; y < height; y++)
        {
            var (middle, bottom) = ((top + 1) % 3, (top + 2) % 3);
            var below = rows.Slice(bottom * padded, padded);
            Load(plane.Slice(Math.Min(y + 1, height - 1) * width, width), below);
            Row(rows.Slice(top * padded, padded), rows.Slice(middle * padded, padded), below, plane.Slice(y * width, width), filter, weight);
            top = middle;
        }
    }

    /// <summary>Each pixel p becomes clamp(fill + (p - fill) * gain, 0, 255) * scale + shift.</summary>
    public static void Scale(Span<float> plane, float gain, float fill, float scale, float shift)
    {
        var offset = fill - (fill * gain);
        var x = 0;
        for (; x <= plane.Length - Vector<float>.Count; x += Vector<float>.Count)
        {
            var value = Vector.Min(Vector.Max((new Vector<float>(plane[x..]) * gain) + new Vector<float>(offset), Vector<float>.Zero), new Vector<float>(255));
            ((value * scale) + new Vector<float>(shift)).CopyTo(plane[x..]);
        }

        for (; x < plane.Length; x++)
        {
            plane[x] = (MathF.Min(MathF.Max((plane[x] * gain) + offset, 0), 255) * scale) + shift;
        }
    }

    private static void Load(ReadOnlySpan<float> row, Span<float> padded)
    {
        row.CopyTo(padded[1..]);
        padded[0] = row[0];
        padded[^1] = row[^1];
    }

    private static void Row(ReadOnlySpan<float> above, ReadOnlySpan<float> here, ReadOnlySpan<float> below, Span<float> output, PlaneFilter filter, float weight)
    {
        var x = 0;
        for (; x <= output.Length - Vector<float>.Count; x += Vector<float>.Count)
        {
            Vector<float> At(ReadOnlySpan<float> row, int offset) => new(row[(x + offset)..]);
            var pixel = At(here, 1);
            Vector<float> value;
            if (filter == PlaneFilter.Binomial)
            {
                var (left, centre, right) = (Column(At(above, 0), At(here, 0), At(below, 0)), Column(At(above, 1), pixel, At(below, 1)), Column(At(above, 2), At(here, 2), At(below, 2)));
                value = Column(left, centre, right) * (1 / 16f);
            }
            else
            {
                value = filter == PlaneFilter.Largest
                    ? Vector.Max(Vector.Max(Vector.Max(At(here, 0), At(here, 2)), Vector.Max(At(above, 1), At(below, 1))), pixel)
                    : Vector.Min(Vector.Min(Vector.Min(At(here, 0), At(here, 2)), Vector.Min(At(above, 1), At(below, 1))), pixel);
            }

            (pixel + ((value - pixel) * weight)).CopyTo(output[x..]);
        }

        for (; x < output.Length; x++)
        {
            var pixel = here[x + 1];
            var value = filter switch
            {
                PlaneFilter.Largest => MathF.Max(MathF.Max(MathF.Max(here[x], here[x + 2]), MathF.Max(above[x + 1], below[x + 1])), pixel),
                PlaneFilter.Smallest => MathF.Min(MathF.Min(MathF.Min(here[x], here[x + 2]), MathF.Min(above[x + 1], below[x + 1])), pixel),
                _ => Column(Column(above[x], here[x], below[x]), Column(above[x + 1], pixel, below[x + 1]), Column(above[x + 2], here[x + 2], below[x + 2])) * (1 / 16f),
            };
            output[x] = pixel + ((value - pixel) * weight);
        }
    }

    private static Vector<float> Column(Vector<float> first, Vector<float> second, Vector<float> third) => first + second + second + third;

    private static float Column(float first, float second, float third) => first + second + second + third;
}
