// Far classes by regions: how many, which, how often, and what they stand for.
using FsCheck;
using FsCheck.Fluent;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Selection;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Tests.Selection;

public sealed class RegionSamplerTests
{
    public RegionSamplerTests() => LibTorch.EnsureLoaded();

    [Fact]
    public void TakesAsManyNewRowsAsAreAskedFor() => Prop.ForAll(RegionCase.Any, c =>
    {
        using var sampler = c.Sampler();
        var (rows, marks) = c.Certain();
        var certain = rows.Count;
        var count = c.Count(certain);
        var represents = sampler.Take(c.Labels, count, rows, marks, (ulong)c.Seed);
        return rows.Count == certain + count
            && represents.Length == count
            && rows.Distinct().Count() == rows.Count
            && rows.All(r => r >= 0 && r < c.Local && marks[r])
            && represents.All(r => r > 0.999f);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void ExpectedNumbersAreTheCountInProportionToWeightsAndNoMoreThanThereAre() => Prop.ForAll(RegionCase.Any, c =>
    {
        var random = new Random(c.Seed);
        var left = Enumerable.Range(0, 9).Select(_ => (long)random.Next(0, 30)).ToArray();
        var weights = left.Select(_ => 0.1 + random.NextDouble()).ToArray();
        var count = random.NextInt64(left.Sum() + 1);
        var expected = RegionSampler.Expected(weights, left, count);
        var open = Enumerable.Range(0, 9).Where(r => left[r] > 0 && expected[r] < left[r]).ToArray();
        return Math.Abs(expected.Sum() - count) < 1e-6
            && expected.Zip(left).All(e => e.First >= 0 && e.First <= e.Second + 1e-9)
            && open.All(r => Math.Abs((expected[r] / (left[r] * weights[r])) - (expected[open[0]] / (left[open[0]] * weights[open[0]]))) < 1e-9);
    }).QuickCheckThrowOnFailure();

    /// <summary>4,000 choices of 12 of 97 classes of 8 regions: sums of any numbers over the chosen classes, each as often as it stands for, are right on the average.</summary>
    [Fact]
    public void SumsAreUnbiased()
    {
        var c = new RegionCase(97, 0, 97, 8, [3, 50, 51], 7);
        using var sampler = c.Sampler();
        double[] values = [.. Enumerable.Range(0, 97).Select(i => 1 + Math.Sin(i))];
        var sums = new List<double>();
        for (var step = 0UL; step < 4000; step++)
        {
            var (rows, marks) = c.Certain();
            var certain = rows.Count;
            var represents = sampler.Take(c.Labels, 12, rows, marks, Seeds.Mix(5, step));
            sums.Add(rows.Skip(certain).Zip(represents).Sum(r => r.Second * values[r.First]));
        }

        var expected = values.Sum() - c.Certain().Rows.Sum(r => values[r]);
        var error = Math.Sqrt(sums.Sum(s => Math.Pow(s - sums.Average(), 2))) / sums.Count;
        Assert.InRange((sums.Average() - expected) / error, -4, 4);
    }

    [Fact]
    public void ClassesOfRegionsThatMatterMoreAreChosenMoreOften()
    {
        var c = new RegionCase(400, 0, 400, 8, [0], 3);
        using var sampler = c.Sampler();
        var counts = new int[8];
        for (var step = 0UL; step < 500; step++)
        {
            var (rows, marks) = c.Certain();
            sampler.Take(c.Labels, 20, rows, marks, Seeds.Mix(9, step));
            rows.ForEach(r => counts[c.RegionOf(r)]++);
        }

        // The affinity falls with the distance of the regions' numbers (RegionCase).
        var near = c.RegionOf(0);
        Assert.True(counts[near] > 4 * counts[(near + 4) % 8], string.Join(' ', counts));
        Assert.All(counts, n => Assert.True(n > 0));
    }

    /// <summary>With affinities all the same, and regions that each give one in any case, the chosen classes stand for exactly those that are left.</summary>
    [Fact]
    public void WithoutDifferencesItIsASampleByRegions()
    {
        var regions = new ClassRegions(tensor([.. Enumerable.Range(0, 100).Select(i => (byte)(i % 5))]), ones(5, 5));
        using var sampler = new RegionSampler(regions, 0, 100);
        var (rows, marks) = (new List<long>(), new RowMarks(100));
        var represents = sampler.Take([7], 40, rows, marks, 11);
        Assert.All(rows.GroupBy(r => r % 5), g => Assert.Equal(8, g.Count()));
        Assert.Equal(100, represents.Sum(), 1e-3);
    }
}
