// Procedural product pictures in families: near classes exist, samples vary, nothing is stored.
using System.Runtime.Intrinsics;
using XClassFlow.Data.DataSets;
using XClassFlow.Data.Randomness;

namespace XClassFlow.Data.Generated;

/// <summary>
/// Sample i has label i mod classes; class c belongs to family c mod families. A sample is its class's picture under a random affine map, change of
/// brightness and noise. A pure function of (seed, split, index); thread-safe; allocates nothing.
/// </summary>
public sealed class GeneratedImages : IDataSet
{
    private const int Lanes = 8;

    private readonly Settings _settings;
    private readonly long _families;
    private readonly ulong _sampleKey;

    public GeneratedImages(Settings settings)
    {
        settings.Validate("");
        _settings = settings;
        _families = settings.Families > 0 ? settings.Families : Math.Max(1, settings.Classes / 16);
        _sampleKey = SplitMix64.Derive((ulong)settings.Seed, 0x5A17, (ulong)settings.Split);
        Shape = SampleShape.Image(settings.Size, settings.Size, settings.Channels);
    }

    public string Name => $"generated images ({Classes} classes, {_settings.Split})";

    public long Count => _settings.Classes * _settings.SamplesPerClass;

    public long Classes => _settings.Classes;

    public SampleShape Shape { get; }

    public long LabelOf(long index)
    {
        CheckIndex(index);
        return index % Classes;
    }

    /// <summary>The family of a class: its members share most of their picture.</summary>
    public long FamilyOf(long label) => label % _families;

    public void ReadPixels(long index, Span<byte> pixels)
    {
        CheckIndex(index);
        ArgumentOutOfRangeException.ThrowIfNotEqual(pixels.Length, Shape.Length);
        var label = index % Classes;
        var picture = ProductPicture.Of((ulong)_settings.Seed, FamilyOf(label), label);
        var random = new CounterRandom(SplitMix64.Derive(_sampleKey, (ulong)index));
        var view = View(ref random);
        var gain = 255f * (1 + (0.2f * Amount(ref random)));
        var offset = 255f * 0.05f * Amount(ref random);

        var size = _settings.Size;
        var channels = _settings.Channels;
        var half = size / 2f;
        var padded = (size + Lanes - 1) / Lanes * Lanes;
        Span<float> row = stackalloc float[padded * channels];
        var steps = Vector256.Create(0f, 1, 2, 3, 4, 5, 6, 7) + Vector256.Create(0.5f);
        for (var y = 0; y < size; y++)
        {
            var down = Vector256.Create(((y + 0.5f) / half) - 1);
            for (var x = 0; x < padded; x += Lanes)
            {
                var across = ((steps + Vector256.Create((float)x)) * (1 / half)) - Vector256<float>.One;
                var u = (across * view.UX) + (down * view.UY) + Vector256.Create(view.U);
                var v = (across * view.VX) + (down * view.VY) + Vector256.Create(view.V);
                picture.Paint(u, v, half, channels == 3, out var red, out var green, out var blue);
                red.CopyTo(row[x..]);
                if (channels == 3)
                {
                    green.CopyTo(row[(padded + x)..]);
                    blue.CopyTo(row[((2 * padded) + x)..]);
                }
            }

            Store(row, padded, gain, offset, ref random, pixels.Slice(y * size * channels, size * channels));
        }
    }

    public void ReadFeatures(long index, Span<float> features) => throw new InvalidOperationException($"{Name} are pictures, not features");

    public void Dispose()
    {
    }

    // Planes of floats to interleaved bytes, with gain, offset and noise.
    private void Store(ReadOnlySpan<float> row, int padded, float gain, float offset, ref CounterRandom random, Span<byte> pixels)
    {
        var noise = (float)_settings.Noise * 255f;
        var channels = _settings.Channels;
        var spare = (First: 0f, Second: 0f);
        for (var i = 0; i < pixels.Length; i++)
        {
            var isOdd = (i & 1) != 0;
            if (!isOdd)
            {
                spare = random.NextRoughGaussians();
            }

            var value = channels == 1 ? row[i] : row[((i % 3) * padded) + (i / 3)];
            value = (value * gain) + offset + (noise * (isOdd ? spare.Second : spare.First)) + 0.5f;
            pixels[i] = (byte)MathF.Min(MathF.Max(value, 0), 255);
        }
    }

    // The map from pixel coordinates to picture coordinates, both -1 to 1.
    private (float UX, float UY, float U, float VX, float VY, float V) View(ref CounterRandom random)
    {
        var (sin, cos) = PortableMath.SinCos(0.2f * Amount(ref random));
        var scale = 1 + (0.15f * Amount(ref random));
        var stretch = 1 + (0.08f * Amount(ref random));
        var shear = 0.1f * Amount(ref random);
        var (u, v) = (0.1f * Amount(ref random), 0.1f * Amount(ref random));
        return (scale * stretch * cos, scale * ((shear * cos) - sin), u, scale * sin, scale * ((shear * sin) + cos), v);
    }

    // Uniform in [-deformation, deformation).
    private float Amount(ref CounterRandom random) => (float)_settings.Deformation * random.NextSingle(-1, 1);

    private void CheckIndex(long index) => ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((ulong)index, (ulong)Count, nameof(index));

    /// <summary>What a configuration says of the set.</summary>
    public sealed record Settings
    {
        public long Classes { get; init; } = 1_000;

        /// <summary>Number of families; 0 means one for every 16 classes.</summary>
        public long Families { get; init; }

        /// <summary>Height and width in pixels.</summary>
        public int Size { get; init; } = 28;

        /// <summary>1 (grey) or 3 (RGB).</summary>
        public int Channels { get; init; } = 1;

        public long SamplesPerClass { get; init; } = 20;

        /// <summary>Standard deviation of a pixel's noise; 1 is the range from black to white.</summary>
        public double Noise { get; init; } = 0.05;

        /// <summary>Size of the affine and brightness changes: 1 is up to 11 degrees, 15 % in size, 10 % of half the width in place, 20 % in brightness.</summary>
        public double Deformation { get; init; } = 1;

        public long Seed { get; init; } = 1;

        public GeneratedSplit Split { get; init; } = GeneratedSplit.Train;

        /// <exception cref="UserErrorException">A value is out of range; names <paramref name="path"/>.key.</exception>
        public void Validate(string path)
        {
            SettingsCheck.Within(path, "classes", Classes, 2, 1L << 40);
            SettingsCheck.Within(path, "families", Families, 0, Classes);
            SettingsCheck.Within(path, "size", Size, 8, 512);
            SettingsCheck.Require(Channels is 1 or 3, path, "channels", Channels, "write 1 (grey) or 3 (RGB)");

            SettingsCheck.Within(path, "samples-per-class", SamplesPerClass, 1, EpochShuffle.MaxCount / Classes);
            SettingsCheck.Within(path, "noise", Noise, 0, 1);
            SettingsCheck.Within(path, "deformation", Deformation, 0, 2);
            SettingsCheck.Known(path, "split", Split);
        }
    }
}
