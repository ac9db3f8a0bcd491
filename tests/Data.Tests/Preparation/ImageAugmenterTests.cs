// Augmentation: exact where it can be stated exactly, repeatable from its seed, silent about memory outside the picture.
using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;
using XClassFlow.Data.DataSets;
using XClassFlow.Data.Preparation;
using XClassFlow.Data.Tests.Support;

namespace XClassFlow.Data.Tests.Preparation;

public sealed class ImageAugmenterTests
{
    private static readonly SampleShape Colour = SampleShape.Image(4, 5, 3);

    [Fact]
    public void NormalisingTurnsHwcBytesIntoChwFloats()
    {
        var augmenter = new ImageAugmenter(Colour, new() { Mean = 0.5, Deviation = 0.25 });
        var pixels = Samples.Pixels(Colour, 1);
        var output = new float[60];
        augmenter.Normalize(pixels, output);
        for (var i = 0; i < 60; i++)
        {
            var (channel, place) = (i / 20, i % 20);
            Assert.Equal(((pixels[(place * 3) + channel] / 255.0) - 0.5) / 0.25, output[i], 1e-5);
        }
    }

    [Fact]
    public void WithoutChangesAugmentingIsNormalising()
    {
        var wild = new ImageAugmenter.Settings { RotateDegrees = 50, CropPadding = 2, HorizontalFlip = true, Enabled = false };
        foreach (var settings in (ImageAugmenter.Settings[])[new(), wild])
        {
            Assert.Equal(Normalized(settings, Colour), Augmented(settings, Colour, 3));
        }
    }

    [Fact]
    public void TheSeedDecidesEverything()
    {
        var settings = new ImageAugmenter.Settings { RotateDegrees = 20, ScaleMin = 0.8, ScaleMax = 1.2, ShearDegrees = 10, TranslateFraction = 0.1, CropPadding = 1, HorizontalFlip = true };
        var shape = SampleShape.Image(28, 28, 1);
        Assert.Equal(Augmented(settings, shape, 7), Augmented(settings, shape, 7));
        Assert.NotEqual(Augmented(settings, shape, 7), Augmented(settings, shape, 8));
        Assert.Equal(ImageAugmenter.SeedFor(1, 2, 3), ImageAugmenter.SeedFor(1, 2, 3));
        Assert.Equal(3, new[] { ImageAugmenter.SeedFor(1, 2, 3), ImageAugmenter.SeedFor(1, 3, 2), ImageAugmenter.SeedFor(2, 2, 3) }.Distinct().Count());
    }

    [Fact]
    public void TheGeometryKeepsTheBitsOfEarlierVersions()
    {
        // Checkpoints resume and figures are repeated across versions: the hash is that of the augmenter before it had elastic moves and strokes.
        var shape = SampleShape.Image(28, 28, 1);
        var settings = new ImageAugmenter.Settings
        {
            RotateDegrees = 15, ScaleMin = 0.85, ScaleMax = 1.15, ShearDegrees = 11, TranslateFraction = 0.1, CropPadding = 2, HorizontalFlip = true, Mean = 0.3, Deviation = 0.4,
        };
        var augmenter = new ImageAugmenter(shape, settings);
        var pixels = Enumerable.Range(0, 784).Select(i => (byte)(i * 37)).ToArray();
        var (hash, output) = (new XxHash64(), new float[784]);
        for (ulong seed = 0; seed < 200; seed++)
        {
            augmenter.Augment(pixels, output, seed);
            hash.Append(MemoryMarshal.AsBytes(output.AsSpan()));
        }

        Assert.Equal("F4D45E90AFB4BB69", hash.GetCurrentHashAsUInt64().ToString("X16", CultureInfo.InvariantCulture));
    }

    [Fact]
    public void CropsMoveByWholePixelsAndFill()
    {
        var shape = SampleShape.Image(6, 6, 1);
        var settings = new ImageAugmenter.Settings { CropPadding = 2, Fill = 255 };
        var source = Normalized(settings, shape);
        var moves = new HashSet<(int, int)>();
        for (ulong seed = 0; seed < 300; seed++)
        {
            var output = Augmented(settings, shape, seed);
            moves.Add(Assert.Single(
                from dx in Enumerable.Range(-2, 5)
                from dy in Enumerable.Range(-2, 5)
                where Enumerable.Range(0, 36).All(i => output[i] == At(source, (i % 6) - dx, (i / 6) - dy))
                select (dx, dy)));
        }

        Assert.Equal(25, moves.Count);

        static float At(float[] source, int x, int y) => x is >= 0 and < 6 && y is >= 0 and < 6 ? source[(y * 6) + x] : 1f;
    }

    [Fact]
    public void HalfOfThePicturesAreMirrored()
    {
        var settings = new ImageAugmenter.Settings { HorizontalFlip = true };
        var plain = Normalized(settings, Colour);
        var mirrored = Enumerable.Range(0, 60).Select(i => plain[(i / 5 * 5) + 4 - (i % 5)]).ToArray();
        var flips = 0;
        for (ulong seed = 0; seed < 400; seed++)
        {
            var output = Augmented(settings, Colour, seed);
            flips += output.SequenceEqual(mirrored) ? 1 : 0;
            Assert.True(output.SequenceEqual(mirrored) || output.SequenceEqual(plain));
        }

        Assert.InRange(flips, 150, 250);
    }

    [Fact]
    public void ScalingByTwoShowsTheMiddle()
    {
        // Around the centre of 5 pixels, output pixels 0..4 look at 1, 1.5, 2, 2.5, 3.
        var shape = SampleShape.Image(5, 5, 1);
        var pixels = Enumerable.Range(0, 25).Select(i => (byte)(i % 5 * 20)).ToArray();
        var output = new float[25];
        new ImageAugmenter(shape, new() { ScaleMin = 2, ScaleMax = 2, Deviation = 1 / 255.0 }).Augment(pixels, output, 1);
        for (var i = 0; i < 25; i++)
        {
            Assert.Equal(20 + (i % 5 * 10), output[i], 1e-3);
        }
    }

    [Fact]
    public void ConstantPicturesStayConstantWhateverTheMap() => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(
        Gen.Choose(0, int.MaxValue).ToArbitrary(), Gen.Choose(1, 33).ToArbitrary(), Gen.Choose(1, 33).ToArbitrary(),
        (seed, height, width) =>
        {
            // With the fill equal to the picture, any value but that one was read from outside or weighted wrongly.
            var shape = SampleShape.Image(height, width, 3);
            var settings = new ImageAugmenter.Settings
            {
                RotateDegrees = 180, ScaleMin = 0.05, ScaleMax = 20, ShearDegrees = 80, TranslateFraction = 1, CropPadding = 9, HorizontalFlip = true, Fill = 51,
                Stretch = 4, ElasticFraction = 0.25, Thicken = 1, Thin = 1, Blur = 1, Contrast = 1,
            };
            var pixels = new byte[shape.Length];
            Array.Fill(pixels, (byte)51);
            var output = new float[shape.Length];
            new ImageAugmenter(shape, settings).Augment(pixels, output, (ulong)seed);
            return output.All(v => Math.Abs(v - 0.2f) < 1e-5);
        }));

    [Fact]
    public void SettingsNameTheirKeys()
    {
        AssertKey("augment.scale-max", new() { ScaleMin = 1.5 });
        AssertKey("augment.rotate-degrees", new() { RotateDegrees = 181 });
        AssertKey("augment.deviation", new() { Deviation = 0 });
        AssertKey("augment.fill", new() { Fill = 256 });
        AssertKey("augment.crop-padding", new() { CropPadding = -1 });
        AssertKey("augment.stretch", new() { Stretch = -0.1 });
        AssertKey("augment.elastic-fraction", new() { ElasticFraction = 0.3 });
        AssertKey("augment.thicken", new() { Thicken = 1.1 });
        AssertKey("augment.thin", new() { Thin = -1 });
        AssertKey("augment.blur", new() { Blur = double.NaN });
        AssertKey("augment.contrast", new() { Contrast = 2 });
        Assert.Throws<ArgumentException>(() => new ImageAugmenter(SampleShape.Features(3), new()));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ImageAugmenter(Colour, new()).Normalize(new byte[59], new float[60]));
    }

    private static void AssertKey(string where, ImageAugmenter.Settings settings) =>
        Assert.Equal(where, Assert.Throws<UserErrorException>(() => settings.Validate("augment")).Where);

    private static float[] Normalized(ImageAugmenter.Settings settings, SampleShape shape)
    {
        var output = new float[shape.Length];
        new ImageAugmenter(shape, settings).Normalize(Samples.Pixels(shape, 1), output);
        return output;
    }

    private static float[] Augmented(ImageAugmenter.Settings settings, SampleShape shape, ulong seed)
    {
        var output = new float[shape.Length];
        new ImageAugmenter(shape, settings).Augment(Samples.Pixels(shape, 1), output, seed);
        return output;
    }
}
