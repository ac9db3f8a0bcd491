// Turns the bytes of a picture into the floats that a network takes: augmented for training, only normalised for evaluation.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using XClassFlow.Data.DataSets;
using XClassFlow.Data.Randomness;

namespace XClassFlow.Data.Preparation;

/// <summary>
/// Input HWC bytes, output CHW floats, (value / 255 - mean) / deviation. All geometric changes are one map, sampled once, bilinearly; what lies
/// outside the picture is the fill value. Then strokes, sharpness and contrast are changed. Immutable and thread-safe; allocates nothing for pictures up to
/// 1,000 pixels wide.
/// </summary>
public sealed partial class ImageAugmenter
{
    private readonly SampleShape _shape;
    private readonly Settings _settings;
    private readonly bool _isMapped;
    private readonly bool _hasEffects;
    private readonly float _scale;
    private readonly float _shift;

    public ImageAugmenter(SampleShape shape, Settings settings)
    {
        if (!shape.IsImage)
        {
            throw new ArgumentException($"samples are {shape}, not pictures", nameof(shape));
        }

        settings.Validate("");
        _shape = shape;
        _settings = settings;
        _isMapped = settings.RotateDegrees > 0 || settings.ShearDegrees > 0 || settings.TranslateFraction > 0 || settings.ScaleMin != 1 || settings.ScaleMax != 1
            || settings.Stretch > 0 || settings.ElasticFraction > 0;
        _hasEffects = settings.Thicken > 0 || settings.Thin > 0 || settings.Blur > 0 || settings.Contrast > 0;
        _scale = (float)(1 / (255 * settings.Deviation));
        _shift = (float)(-settings.Mean / settings.Deviation);
    }

    /// <summary>The seed of one sample's augmentation: it depends on the run, the epoch and the sample, never on threads, ranks or batch sizes.</summary>
    public static ulong SeedFor(ulong runSeed, long epoch, long sample) => SplitMix64.Derive(runSeed, (ulong)epoch, (ulong)sample);

    /// <summary>Normalises only: the evaluation path.</summary>
    /// <param name="pixels_HWC">The picture.</param>
    /// <param name="output_CHW">As many floats.</param>
    public void Normalize(ReadOnlySpan<byte> pixels_HWC, Span<float> output_CHW)
    {
        CheckLengths(pixels_HWC, output_CHW);
        Copy(pixels_HWC, output_CHW, 0, 0, false, _scale, _shift);
    }

    /// <summary>Augments and normalises; with <see cref="Settings.Enabled"/> off, normalises only.</summary>
    /// <param name="pixels_HWC">The picture.</param>
    /// <param name="output_CHW">As many floats; must not overlap the picture.</param>
    /// <param name="seed">Decides the changes; see <see cref="SeedFor"/>.</param>
    public void Augment(ReadOnlySpan<byte> pixels_HWC, Span<float> output_CHW, ulong seed)
    {
        CheckLengths(pixels_HWC, output_CHW);
        if (!_settings.Enabled)
        {
            Copy(pixels_HWC, output_CHW, 0, 0, false, _scale, _shift);
            return;
        }

        var random = new CounterRandom(seed);
        var flip = _settings.HorizontalFlip && random.NextInt32(2) == 1;
        var padding = _settings.CropPadding;
        var (dx, dy) = padding == 0 ? (0, 0) : (random.NextInt32((2 * padding) + 1) - padding, random.NextInt32((2 * padding) + 1) - padding);
        // Effects work on byte values and normalise last.
        var (scale, shift) = _hasEffects ? (1f, 0f) : (_scale, _shift);
        if (_isMapped)
        {
            var map = InverseMap(ref random, flip, dx, dy);
            var elastic = _settings.ElasticFraction > 0 ? new ElasticField(ref random, _settings.ElasticFraction, _shape) : default;
            Sample(pixels_HWC, output_CHW, in map, in elastic, scale, shift);
        }
        else
        {
            Copy(pixels_HWC, output_CHW, dx, dy, flip, scale, shift);
        }

        if (_hasEffects)
        {
            ChangeStrokes(output_CHW, ref random);
        }
    }

    private void ChangeStrokes(Span<float> output, ref CounterRandom random)
    {
        var (thin, thicken) = ((float)_settings.Thin, (float)_settings.Thicken);
        var stroke = thin > 0 || thicken > 0 ? random.NextSingle(-thin, thicken) : 0;
        var blur = _settings.Blur > 0 ? random.NextSingle(0, (float)_settings.Blur) : 0;
        var gain = _settings.Contrast > 0 ? random.NextSingle(1 - (float)_settings.Contrast, 1 + (float)_settings.Contrast) : 1;

        // Strokes are what differs from the paper: bright on a dark fill, dark on a bright one.
        var grows = stroke > 0 == _settings.Fill < 128 ? PlaneFilter.Largest : PlaneFilter.Smallest;
        var (width, height) = (_shape.Width, _shape.Height);
        for (var channel = 0; channel < _shape.Channels; channel++)
        {
            var plane = output.Slice(channel * width * height, width * height);
            if (stroke != 0)
            {
                PlaneFilters.Apply(plane, width, grows, MathF.Abs(stroke));
            }

            if (blur > 0)
            {
                PlaneFilters.Apply(plane, width, PlaneFilter.Binomial, blur);
            }

            PlaneFilters.Scale(plane, gain, _settings.Fill, _scale, _shift);
        }
    }

    // From output pixels to input pixels: x' = XX x + XY y + X, y' = YX x + YY y + Y.
    private AffineMap InverseMap(ref CounterRandom random, bool flip, int dx, int dy)
    {
        const float radians = MathF.PI / 180;
        var (sin, cos) = PortableMath.SinCos((float)_settings.RotateDegrees * radians * random.NextSingle(-1, 1));
        var (shearSin, shearCos) = PortableMath.SinCos((float)_settings.ShearDegrees * radians * random.NextSingle(-1, 1));
        var shear = shearSin / shearCos;
        var inverse = 1 / random.NextSingle((float)_settings.ScaleMin, (float)_settings.ScaleMax);
        var moveX = dx + ((float)_settings.TranslateFraction * _shape.Width * random.NextSingle(-1, 1));
        var moveY = dy + ((float)_settings.TranslateFraction * _shape.Height * random.NextSingle(-1, 1));
        var mirror = flip ? -1f : 1f;
        var (xx, xy) = (inverse * (cos - (shear * sin)) * mirror, inverse * (sin + (shear * cos)));
        var (yx, yy) = (inverse * -sin * mirror, inverse * cos);
        if (_settings.Stretch > 0)
        {
            // Wider by as much as it gets lower, or the other way round.
            var part = (float)_settings.Stretch * random.NextSingle(-1, 1);
            var wider = part >= 0 ? 1 + part : 1 / (1 - part);
            (xx, xy, yx, yy) = (xx * wider, xy * wider, yx / wider, yy / wider);
        }

        var (centreX, centreY) = ((_shape.Width - 1) / 2f, (_shape.Height - 1) / 2f);
        return new(
            xx, xy, centreX + (xx * (-centreX - (mirror * moveX))) + (xy * (-centreY - moveY)),
            yx, yy, centreY + (yx * (-centreX - (mirror * moveX))) + (yy * (-centreY - moveY)));
    }

    private void Sample(ReadOnlySpan<byte> pixels, Span<float> output, in AffineMap map, in ElasticField elastic, float scale, float shift)
    {
        var (height, width, channels) = (_shape.Height, _shape.Width, _shape.Channels);
        var (stride, plane) = (width * channels, width * height);
        ref var source = ref MemoryMarshal.GetReference(pixels);
        ref var target = ref MemoryMarshal.GetReference(output);
        var outside = (_settings.Fill * scale) + shift;
        var isElastic = _settings.ElasticFraction > 0;
        Span<float> moves = !isElastic ? [] : width <= 1024 ? stackalloc float[2 * width] : new float[2 * width];
        for (var y = 0; y < height; y++)
        {
            // Offset by one so that truncation is floor down to -1, the last place with a pixel inside its four.
            var (startX, startY) = ((map.XY * y) + map.X + 1, (map.YY * y) + map.Y + 1);
            if (isElastic)
            {
                elastic.Row(y, moves[..width], moves[width..]);
            }

            for (var x = 0; x < width; x++, target = ref Unsafe.Add(ref target, 1))
            {
                var fromX = (map.XX * x) + startX;
                var fromY = (map.YX * x) + startY;
                if (isElastic)
                {
                    fromX += moves[x];
                    fromY += moves[width + x];
                }

                if (!(fromX > 0 && fromY > 0 && fromX < width + 1 && fromY < height + 1))
                {
                    for (var channel = 0; channel < channels; channel++)
                    {
                        Unsafe.Add(ref target, channel * plane) = outside;
                    }

                    continue;
                }

                var (left, top) = ((int)fromX - 1, (int)fromY - 1);
                var (partX, partY) = (fromX - 1 - left, fromY - 1 - top);
                var isInside = left >= 0 && top >= 0 && left < width - 1 && top < height - 1;
                for (var channel = 0; channel < channels; channel++)
                {
                    float upper, lower;
                    if (isInside)
                    {
                        ref var corner = ref Unsafe.Add(ref source, (top * stride) + (left * channels) + channel);
                        upper = Blend(corner, Unsafe.Add(ref corner, channels), partX);
                        lower = Blend(Unsafe.Add(ref corner, stride), Unsafe.Add(ref corner, stride + channels), partX);
                    }
                    else
                    {
                        upper = Blend(At(pixels, left, top, channel), At(pixels, left + 1, top, channel), partX);
                        lower = Blend(At(pixels, left, top + 1, channel), At(pixels, left + 1, top + 1, channel), partX);
                    }

                    Unsafe.Add(ref target, channel * plane) = (Blend(upper, lower, partY) * scale) + shift;
                }
            }
        }
    }

    private static float Blend(float first, float second, float part) => first + ((second - first) * part);

    private float At(ReadOnlySpan<byte> pixels, int x, int y, int channel) => (uint)x < (uint)_shape.Width && (uint)y < (uint)_shape.Height
        ? pixels[(((y * _shape.Width) + x) * _shape.Channels) + channel]
        : _settings.Fill;

    // Moves by whole pixels and mirrors: no interpolation.
    private void Copy(ReadOnlySpan<byte> pixels, Span<float> output, int dx, int dy, bool flip, float scale, float shift)
    {
        var (height, width, channels) = (_shape.Height, _shape.Width, _shape.Channels);
        var fill = (_settings.Fill * scale) + shift;
        for (var channel = 0; channel < channels; channel++)
        {
            for (var y = 0; y < height; y++)
            {
                var row = output.Slice(((channel * height) + y) * width, width);
                var fromY = y - dy;
                if ((uint)fromY >= (uint)height)
                {
                    row.Fill(fill);
                    continue;
                }

                var from = pixels.Slice(fromY * width * channels, width * channels);
                for (var x = 0; x < width; x++)
                {
                    var fromX = (flip ? width - 1 - x : x) - (flip ? -dx : dx);
                    row[x] = (uint)fromX < (uint)width ? (from[(fromX * channels) + channel] * scale) + shift : fill;
                }
            }
        }
    }

    private void CheckLengths(ReadOnlySpan<byte> pixels, Span<float> output)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(pixels.Length, _shape.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(output.Length, _shape.Length);
    }

    private readonly record struct AffineMap(float XX, float XY, float X, float YX, float YY, float Y);
}
