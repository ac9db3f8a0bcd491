// Splitting by index in class, and reading through the split.
using FsCheck;
using FsCheck.Fluent;
using XClassFlow.Data.DataSets;
using XClassFlow.Data.Generated;

namespace XClassFlow.Data.Tests.DataSets;

public sealed class SubsetDataSetTests
{
    [Fact]
    public void EveryFourthSampleOfAClassIsTest()
    {
        using var source = new GeneratedFeatures(new() { Classes = 3, Width = 4, SamplesPerClass = 10 });
        var (train, test) = SubsetDataSet.SplitByIndexInClass(source, 4);

        // Sample i is number i / 3 of class i mod 3: numbers 3 and 7 are test.
        Assert.Equal([0, 1, 2, 0, 1, 2], Enumerable.Range(0, 6).Select(i => test.LabelOf(i)));
        Assert.Equal((24L, 6L, 3L), (train.Count, test.Count, test.Classes));
        var (expected, actual) = (new float[4], new float[4]);
        source.ReadFeatures(21, expected);
        test.ReadFeatures(3, actual);
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void SamplesAtEqualDistancesReachOverTheWholeSource()
    {
        using var source = new GeneratedFeatures(new() { Classes = 10, Width = 4, SamplesPerClass = 1 });
        using var some = SubsetDataSet.Spread(source, 4);
        Assert.Equal([0, 2, 5, 7], Enumerable.Range(0, (int)some.Count).Select(i => some.LabelOf(i)));
        Assert.Same(source, SubsetDataSet.Spread(source, 0));
        Assert.Same(source, SubsetDataSet.Spread(source, 10));
    }

    [Fact]
    public void EveryClassIsSplitAlike() => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(
        Gen.Choose(2, 20).ToArbitrary(), Gen.Choose(1, 30).ToArbitrary(), Gen.Choose(2, 9).ToArbitrary(),
        (classes, samples, testEvery) =>
        {
            using var source = new GeneratedFeatures(new() { Classes = classes, Width = 1, SamplesPerClass = samples });
            var (train, test) = SubsetDataSet.SplitByIndexInClass(source, testEvery);
            return test.Count == classes * (samples / testEvery) && train.Count + test.Count == source.Count;
        }));

    [Fact]
    public void IndicesOutsideTheSourceAreRefused()
    {
        using var source = new GeneratedFeatures(new() { Classes = 3, Width = 4, SamplesPerClass = 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SubsetDataSet(source, [3], "bad"));
        Assert.Throws<ArgumentOutOfRangeException>(() => SubsetDataSet.SplitByIndexInClass(source, 1));
    }
}
