// Turns the bytes of a picture into the floats that a network takes: augmented for training, only normalised for evaluation.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using XClassFlow.Data.DataSets;
using XClassFlow.Data.Randomness;

namespace XClassFlow.Data.Preparation;

/// <summary>
/// Input HWC bytes, output CHW floats, (value / 255 - mean) / deviation. All geometric changes are one affine map, sampled once, bilinearly; what lies
/// outside the picture is the fill value. Immutable and thread-safe; allocates nothing.
/// </summary>
public sealed class ImageAugmenter
{
    private readonly SampleShape _shape;
    private readonly Settings _settings;
    private readonly bool _isAffine;
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
        _isAffine = settings.RotateDegrees > 0 || settings.ShearDegrees > 0 || settings.TranslateFraction > 0 || settings.ScaleMin != 1 || settings.ScaleMax != 1;
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
        Copy(pixels_HWC, output_CHW, 0, 0, false);
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
            Copy(pixels_HWC, output_CHW, 0, 0, false);
            return;
        }

        var random = new CounterRandom(seed);
        var flip = _settings.HorizontalFlip && random.NextInt32(2) == 1;
        var padding = _settings.CropPadding;
        var (dx, dy) = padding == 0 ? (0, 0) : (random.NextInt32((2 * padding) + 1) - padding, random.NextInt32((2 * padding) + 1) - padding);
        if (_isAffine)
        {
            var map = InverseMap(ref random, flip, dx, dy);
            Sample(pixels_HWC, output_CHW, in map);
        }
        else
        {
            Copy(pixels_HWC, output_CHW, dx, dy, flip);
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
        var (centreX, centreY) = ((_shape.Width - 1) / 2f, (_shape.Height - 1) / 2f);
        return new(
            xx, xy, centreX + (xx * (-centreX - (mirror * moveX))) + (xy * (-centreY - moveY)),
            yx, yy, centreY + (yx * (-centreX - (mirror * moveX))) + (yy * (-centreY - moveY)));
    }

    private void Sample(ReadOnlySpan<byte> pixels, Span<float> output, in AffineMap map)
    {
        var (height, width, channels) = (_shape.Height, _shape.Width, _shape.Channels);
        var (stride, plane) = (width * channels, width * height);
        ref var source = ref MemoryMarshal.GetReference(pixels);
        ref var target = ref MemoryMarshal.GetReference(output);
        var outside = (_settings.Fill * _scale) + _shift;
        for (var y = 0; y < height; y++)
        {
            // Offset by one so that truncation is floor down to -1, the last place with a pixel inside its four.
            var (startX, startY) = ((map.XY * y) + map.X + 1, (map.YY * y) + map.Y + 1);
            for (var x = 0; x < width; x++, target = ref Unsafe.Add(ref target, 1))
            {
                var fromX = (map.XX * x) + startX;
                var fromY = (map.YX * x) + startY;
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

                    Unsafe.Add(ref target, channel * plane) = (Blend(upper, lower, partY) * _scale) + _shift;
                }
            }
        }
    }

    private static float Blend(float first, float second, float part) => first + ((second - first) * part);

    private float At(ReadOnlySpan<byte> pixels, int x, int y, int channel) => (uint)x < (uint)_shape.Width && (uint)y < (uint)_shape.Height
        ? pixels[(((y * _shape.Width) + x) * _shape.Channels) + channel]
        : _settings.Fill;

    // Moves by whole pixels and mirrors: no interpolation.
    private void Copy(ReadOnlySpan<byte> pixels, Span<float> output, int dx, int dy, bool flip)
    {
        var (height, width, channels) = (_shape.Height, _shape.Width, _shape.Channels);
        var fill = (_settings.Fill * _scale) + _shift;
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
                    row[x] = (uint)fromX < (uint)width ? (from[(fromX * channels) + channel] * _scale) + _shift : fill;
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

    /// <summary>What a configuration says of augmentation. By default nothing is changed.</summary>
    public sealed record Settings
    {
        /// <summary>Off: pictures are only normalised.</summary>
        public bool Enabled { get; init; } = true;

        /// <summary>Pixels by which the picture moves at most, by whole pixels, as a random crop of the padded picture does.</summary>
        public int CropPadding { get; init; }

        /// <summary>Mirror half of the pictures left to right.</summary>
        public bool HorizontalFlip { get; init; }

        /// <summary>Largest rotation either way, degrees.</summary>
        public double RotateDegrees { get; init; }

        /// <summary>Smallest factor of size.</summary>
        public double ScaleMin { get; init; } = 1;

        /// <summary>Largest factor of size.</summary>
        public double ScaleMax { get; init; } = 1;

        /// <summary>Largest shear either way, degrees.</summary>
        public double ShearDegrees { get; init; }

        /// <summary>Largest move either way, as a part of the width or height.</summary>
        public double TranslateFraction { get; init; }

        /// <summary>Subtracted from the value (0 to 1).</summary>
        public double Mean { get; init; }

        /// <summary>The value less the mean is divided by it.</summary>
        public double Deviation { get; init; } = 1;

        /// <summary>Byte value of what lies outside the picture.</summary>
        public int Fill { get; init; }

        /// <exception cref="UserErrorException">A value is out of range; names <paramref name="path"/>.key.</exception>
        public void Validate(string path)
        {
            SettingsCheck.Within(path, "crop-padding", CropPadding, 0, 1024);
            SettingsCheck.Within(path, "rotate-degrees", RotateDegrees, 0, 180);
            SettingsCheck.Within(path, "scale-min", ScaleMin, 0.05, 20);
            SettingsCheck.Within(path, "scale-max", ScaleMax, ScaleMin, 20);
            SettingsCheck.Within(path, "shear-degrees", ShearDegrees, 0, 80);
            SettingsCheck.Within(path, "translate-fraction", TranslateFraction, 0, 1);
            SettingsCheck.Within(path, "mean", Mean, -10, 10);
            SettingsCheck.Within(path, "deviation", Deviation, 1e-6, 1e6);
            SettingsCheck.Within(path, "fill", Fill, 0, 255);
        }
    }
}
