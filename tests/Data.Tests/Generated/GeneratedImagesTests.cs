// Generated pictures: pure functions of their index, near within a family, apart between families.
using XClassFlow.Data.DataSets;
using XClassFlow.Data.Generated;

namespace XClassFlow.Data.Tests.Generated;

public sealed class GeneratedImagesTests
{
    [Theory]
    [InlineData(28, 1)]
    [InlineData(32, 3)]
    [InlineData(13, 3)]
    public void ReadsAreRepeatableAndThreadSafe(int size, int channels)
    {
        var settings = new GeneratedImages.Settings { Classes = 50, Size = size, Channels = channels, SamplesPerClass = 4 };
        using var set = new GeneratedImages(settings);
        using var again = new GeneratedImages(settings with { });
        Assert.Equal((SampleShape.Image(size, size, channels), 200L, 50L), (set.Shape, set.Count, set.Classes));
        var first = Enumerable.Range(0, 200).Select(i => Read(set, i)).ToArray();
        Parallel.For(0, 200, i => Assert.Equal(first[199 - i], Read(again, 199 - i)));
        Assert.All(Enumerable.Range(0, 200), i => Assert.Equal(i % 50, set.LabelOf(i)));
    }

    [Fact]
    public void ThePixelsOfAVersionNeverChange()
    {
        // Data sets are part of a result: a change of these sums is a new data set and belongs in the change log.
        using var grey = new GeneratedImages(new() { Classes = 1000 });
        using var colour = new GeneratedImages(new() { Classes = 1000, Channels = 3, Size = 32, Split = GeneratedSplit.Test });
        Assert.Equal((51_814, 194_274), (Read(grey, 12_345).Sum(p => p), Read(colour, 12_345).Sum(p => p)));
    }

    [Fact]
    public void SplitsSamplesAndSeedsDiffer()
    {
        var settings = new GeneratedImages.Settings { Classes = 20, SamplesPerClass = 3 };
        using var train = new GeneratedImages(settings);
        using var test = new GeneratedImages(settings with { Split = GeneratedSplit.Test });
        using var other = new GeneratedImages(settings with { Seed = 2 });
        Assert.NotEqual(Read(train, 5), Read(test, 5));
        Assert.NotEqual(Read(train, 5), Read(train, 25));
        Assert.NotEqual(Read(train, 5), Read(other, 5));
    }

    [Fact]
    public void MembersOfAFamilyAreNearerThanOthers()
    {
        using var set = new GeneratedImages(new() { Classes = 640, Noise = 0, Deformation = 0 });
        Assert.Equal(set.FamilyOf(3), set.FamilyOf(43));
        Assert.NotEqual(set.FamilyOf(3), set.FamilyOf(4));
        double near = 0, far = 0;
        for (var label = 0; label < 40; label++)
        {
            near += Distance(Read(set, label), Read(set, label + 40));
            far += Distance(Read(set, label), Read(set, (label + 1) % 40));
            Assert.True(Distance(Read(set, label), Read(set, label + 40)) > 0.5, $"classes {label} and {label + 40} look the same");
        }

        Assert.True(near < 0.6 * far, $"{near / 40:F1} within a family, {far / 40:F1} between");
    }

    [Fact]
    public void TenMillionClassesTakeNoMemory()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var set = new GeneratedImages(new() { Classes = 10_000_000 });
        var pixels = new byte[set.Shape.Length];
        for (long i = 0; i < 100; i++)
        {
            set.ReadPixels(set.Count - 1 - i, pixels);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20_000);
    }

    [Fact]
    public void SettingsNameTheirKeys()
    {
        AssertKey("data.classes", new() { Classes = 1 });
        AssertKey("data.families", new() { Classes = 10, Families = 11 });
        AssertKey("data.size", new() { Size = 4 });
        AssertKey("data.channels", new() { Channels = 2 });
        AssertKey("data.samples-per-class", new() { SamplesPerClass = 0 });
        AssertKey("data.noise", new() { Noise = double.NaN });
        AssertKey("data.deformation", new() { Deformation = -1 });
        AssertKey("data.split", new() { Split = (GeneratedSplit)7 });
    }

    [Fact]
    public void MisuseIsRefused()
    {
        using var set = new GeneratedImages(new() { Classes = 5, SamplesPerClass = 2 });
        Assert.Throws<ArgumentOutOfRangeException>(() => set.LabelOf(10));
        Assert.Throws<ArgumentOutOfRangeException>(() => set.ReadPixels(-1, new byte[784]));
        Assert.Throws<ArgumentOutOfRangeException>(() => set.ReadPixels(0, new byte[783]));
        Assert.Throws<InvalidOperationException>(() => set.ReadFeatures(0, new float[784]));
    }

    private static void AssertKey(string where, GeneratedImages.Settings settings) =>
        Assert.Equal(where, Assert.Throws<UserErrorException>(() => settings.Validate("data")).Where);

    private static byte[] Read(GeneratedImages set, long index)
    {
        var pixels = new byte[set.Shape.Length];
        set.ReadPixels(index, pixels);
        return pixels;
    }

    private static double Distance(byte[] a, byte[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Average();
}
