// Strokes, sharpness, contrast and elastic moves: against plain loops, in bounds, and with the old bits where they are off.
using XClassFlow.Data.DataSets;
using XClassFlow.Data.Preparation;
using XClassFlow.Data.Randomness;
using XClassFlow.Data.Tests.Support;

namespace XClassFlow.Data.Tests.Preparation;

public sealed class StrokeEffectTests
{
    public static TheoryData<int, int, string> Cases()
    {
        var cases = new TheoryData<int, int, string>();
        foreach (var (width, height) in ((int, int)[])[(1, 1), (1, 5), (5, 1), (7, 3), (8, 8), (9, 4), (32, 32), (37, 11), (1500, 2)])
        {
            foreach (var filter in Enum.GetNames<PlaneFilter>())
            {
                cases.Add(width, height, filter);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void FiltersAreWhatAPlainLoopSays(int width, int height, string name)
    {
        var filter = Enum.Parse<PlaneFilter>(name);
        var before = Samples.Pixels(SampleShape.Image(height, width, 1), 5).Select(p => (float)p).ToArray();
        var plane = (float[])before.Clone();
        PlaneFilters.Apply(plane, width, filter, 0.25f);
        for (var i = 0; i < plane.Length; i++)
        {
            float At(int dx, int dy) => before[(Math.Clamp((i / width) + dy, 0, height - 1) * width) + Math.Clamp((i % width) + dx, 0, width - 1)];
            float[] cross = [At(0, 0), At(-1, 0), At(1, 0), At(0, -1), At(0, 1)];
            var blurred = (from dx in Enumerable.Range(-1, 3) from dy in Enumerable.Range(-1, 3) select At(dx, dy) * (2 - Math.Abs(dx)) * (2 - Math.Abs(dy))).Sum() / 16;
            var filtered = filter switch { PlaneFilter.Largest => cross.Max(), PlaneFilter.Smallest => cross.Min(), _ => blurred };
            Assert.Equal(before[i] + (0.25f * (filtered - before[i])), plane[i], 1e-3f);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(255)]
    public void StrokesGrowAndShrinkWhateverTheFill(int fill)
    {
        // A cross of strokes two pixels wide on the fill.
        var shape = SampleShape.Image(16, 16, 1);
        var ink = 255 - fill;
        var pixels = Enumerable.Range(0, 256).Select(i => (byte)(i % 16 is 7 or 8 || i / 16 is 7 or 8 ? ink : fill)).ToArray();
        double Ink(float[] p) => p.Sum(v => Math.Abs((v * 255) - fill));
        var plain = Ink(Augmented(new() { Fill = fill }, shape, pixels, 1));
        var thick = Enumerable.Range(0, 50).Select(seed => Ink(Augmented(new() { Fill = fill, Thicken = 1 }, shape, pixels, (ulong)seed))).ToArray();
        var thin = Enumerable.Range(0, 50).Select(seed => Ink(Augmented(new() { Fill = fill, Thin = 1 }, shape, pixels, (ulong)seed))).ToArray();
        Assert.All(thick, t => Assert.InRange(t, plain, plain * 2));
        Assert.All(thin, t => Assert.InRange(t, 0, plain));
        Assert.True(thick.Max() > plain * 1.8 && thin.Min() < plain * 0.2 && thick.Distinct().Count() == 50);
    }

    [Fact]
    public void ContrastKeepsTheFillAndTheRange()
    {
        var shape = SampleShape.Image(8, 8, 3);
        var pixels = Samples.Pixels(shape, 2);
        pixels[0] = 40;
        var factors = new HashSet<float>();
        for (ulong seed = 0; seed < 100; seed++)
        {
            var output = Augmented(new() { Contrast = 0.5, Fill = 40 }, shape, pixels, seed);
            Assert.Equal(40 / 255f, output[0], 1e-5f);
            Assert.All(output, v => Assert.InRange(v, 0, 1.000001f));
            factors.Add(output[1]);
        }

        Assert.True(factors.Count > 90);
    }

    [Fact]
    public void StretchingKeepsTheArea()
    {
        var shape = SampleShape.Image(65, 65, 1);
        var pixels = Enumerable.Range(0, 65 * 65).Select(i => (byte)(i % 65 is > 22 and < 42 && i / 65 is > 22 and < 42 ? 255 : 0)).ToArray();
        var widths = new List<double>();
        for (ulong seed = 0; seed < 60; seed++)
        {
            var output = Augmented(new() { Stretch = 0.5 }, shape, pixels, seed);
            Assert.Equal(361, output.Sum(), 8f);
            widths.Add(output.Skip(32 * 65).Take(65).Sum());
        }

        Assert.InRange(widths.Max(), 26, 28.6);
        Assert.InRange(widths.Min(), 12.6, 14);
    }

    [Fact]
    public void ElasticMovesAreBoundedAndSmooth()
    {
        var shape = SampleShape.Image(40, 60, 1);
        var random = new CounterRandom(9);
        var (x, y, lastX) = (new float[60], new float[60], new float[60]);
        var farthest = 0f;
        for (var round = 0; round < 30; round++)
        {
            var field = new ElasticField(ref random, 0.1, shape);
            for (var row = 0; row < 40; row++)
            {
                field.Row(row, x, y);
                Assert.All(x, v => Assert.InRange(v, -6, 6));
                Assert.All(y, v => Assert.InRange(v, -4, 4));
                farthest = Math.Max(farthest, x.Max());

                // Two nodes are 59/4 pixels apart across and 39/4 down, and differ by 12 at most.
                Assert.All(Enumerable.Range(1, 59), i => Assert.InRange(Math.Abs(x[i] - x[i - 1]), 0, 12 / (59 / 4f) + 1e-3f));
                Assert.True(row == 0 || Enumerable.Range(0, 60).All(i => Math.Abs(x[i] - lastX[i]) <= (12 / (39 / 4f)) + 1e-3f));
                x.CopyTo(lastX, 0);
            }
        }

        Assert.True(farthest > 5);
    }

    [Fact]
    public void EverythingTogetherIsDecidedByTheSeed()
    {
        var shape = SampleShape.Image(32, 32, 1);
        var settings = new ImageAugmenter.Settings { RotateDegrees = 5, Stretch = 0.1, ElasticFraction = 0.03, Thicken = 0.6, Thin = 0.3, Blur = 0.5, Contrast = 0.3, Mean = 0.2, Deviation = 0.5 };
        var pixels = Samples.Pixels(shape, 3);
        Assert.Equal(Augmented(settings, shape, pixels, 4), Augmented(settings, shape, pixels, 4));
        Assert.Equal(20, Enumerable.Range(0, 20).Select(s => Augmented(settings, shape, pixels, (ulong)s)[500]).Distinct().Count());

        // A weak effect leaves the geometry as it is without: its numbers are drawn last.
        var without = new ImageAugmenter.Settings { RotateDegrees = 5, Stretch = 0.1, ElasticFraction = 0.03, Mean = 0.2, Deviation = 0.5 };
        var weak = without with { Contrast = 1e-9 };
        Assert.All(Augmented(without, shape, pixels, 4).Zip(Augmented(weak, shape, pixels, 4)), p => Assert.Equal(p.First, p.Second, 1e-4f));
    }

    private static float[] Augmented(ImageAugmenter.Settings settings, SampleShape shape, byte[] pixels, ulong seed)
    {
        var output = new float[shape.Length];
        new ImageAugmenter(shape, settings).Augment(pixels, output, seed);
        return output;
    }
}
