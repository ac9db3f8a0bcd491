// Generated features: pure functions of their index, hierarchical, with noise of the stated size.
using XClassFlow.Data.Generated;

namespace XClassFlow.Data.Tests.Generated;

public sealed class GeneratedFeaturesTests
{
    [Fact]
    public void ReadsAreRepeatableAndThreadSafe()
    {
        var settings = new GeneratedFeatures.Settings { Classes = 30, Width = 9, SamplesPerClass = 5 };
        using var set = new GeneratedFeatures(settings);
        Assert.Equal((150L, 30L, 9), (set.Count, set.Classes, set.Shape.Width));
        var first = Enumerable.Range(0, 150).Select(i => Read(set, i)).ToArray();
        Parallel.For(0, 150, i => Assert.Equal(first[i], Read(set, i)));
        Assert.All(Enumerable.Range(0, 150), i => Assert.Equal(i % 30, set.LabelOf(i)));
        using var test = new GeneratedFeatures(settings with { Split = GeneratedSplit.Test });
        Assert.NotEqual(first[7], Read(test, 7));
        Assert.NotEqual(first[7], first[37]);
    }

    [Fact]
    public void SiblingsAreNearerThanCousins()
    {
        using var set = new GeneratedFeatures(new() { Classes = 4096, Width = 256, Branching = 16, Levels = 3 });

        // Parents are class mod 256, theirs mod 16: 0 and 256 are siblings, 0 and 16 cousins, 0 and 1 strangers.
        var (siblings, cousins, strangers) = (Distance(set, 0, 256), Distance(set, 0, 16), Distance(set, 0, 1));
        Assert.True(siblings < 0.7 * cousins && cousins < 0.8 * strangers, $"{siblings} {cousins} {strangers}");
        Assert.True(siblings > 0.1);
        Assert.InRange(strangers, 1.2, 1.6);
    }

    [Fact]
    public void NoiseHasTheStatedLength()
    {
        using var set = new GeneratedFeatures(new() { Classes = 100, Width = 128, Noise = 0.4 });
        double squares = 0;
        var centre = new float[128];
        for (long i = 0; i < 500; i++)
        {
            set.ReadPrototype(i % 100, centre);
            squares += Read(set, i).Zip(centre, (x, c) => (x - c) * (double)(x - c)).Sum();
        }

        Assert.InRange(Math.Sqrt(squares / 500), 0.39, 0.41);
    }

    [Fact]
    public void AHundredMillionClassesAreDistinct()
    {
        using var set = new GeneratedFeatures(new() { Classes = 100_000_000, Width = 32, SamplesPerClass = 2 });
        Assert.Equal(99_999_999, set.LabelOf(199_999_999));
        Assert.True(Distance(set, 99_999_999, 99_999_998) > 0.1);
        Assert.Equal(0, set.LabelOf(100_000_000));
    }

    [Fact]
    public void ClassesThatOccurLieAtEqualDistancesAmongAll()
    {
        using var set = new GeneratedFeatures(new() { Classes = 103, Occurring = 10, Width = 4, SamplesPerClass = 2 });
        Assert.Equal((20L, 103L), (set.Count, set.Classes));
        Assert.All(Enumerable.Range(0, 20), i => Assert.Equal(10 * (i % 10), set.LabelOf(i)));
        using var all = new GeneratedFeatures(new() { Classes = 103, Width = 4, SamplesPerClass = 2 });
        var (some, every) = (new float[4], new float[4]);
        set.ReadPrototype(set.LabelOf(3), some);
        all.ReadPrototype(30, every);
        Assert.Equal(every, some);
    }

    [Fact]
    public void SettingsNameTheirKeys()
    {
        AssertKey("train.classes", new() { Classes = 0 });
        AssertKey("train.width", new() { Width = 0 });
        AssertKey("train.samples-per-class", new() { SamplesPerClass = long.MaxValue });
        AssertKey("train.branching", new() { Branching = 1 });
        AssertKey("train.levels", new() { Levels = 9 });
        AssertKey("train.spread", new() { Spread = 0 });
        AssertKey("train.noise", new() { Noise = -0.1 });
    }

    private static void AssertKey(string where, GeneratedFeatures.Settings settings) =>
        Assert.Equal(where, Assert.Throws<UserErrorException>(() => settings.Validate("train")).Where);

    private static float[] Read(GeneratedFeatures set, long index)
    {
        var features = new float[set.Shape.Width];
        set.ReadFeatures(index, features);
        return features;
    }

    private static double Distance(GeneratedFeatures set, long a, long b)
    {
        var (x, y) = (new float[set.Shape.Width], new float[set.Shape.Width]);
        set.ReadPrototype(a, x);
        set.ReadPrototype(b, y);
        return Math.Sqrt(x.Zip(y, (p, q) => (p - q) * (double)(p - q)).Sum());
    }
}
