// Regions of classes, and what they are good for.
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Selection;
using XClassFlow.Stages.Selection.Graph;
using XClassFlow.Stages.Tests.Selection.ClassGraph;
using XClassFlow.Stages.Torch;

namespace XClassFlow.Stages.Tests.Selection;

public sealed class ClassRegionsTests
{
    private const int N = 3000;
    private const double Scale = 16;

    public ClassRegionsTests() => LibTorch.EnsureLoaded();

    [Fact]
    public void DoNotDependOnThreads()
    {
        using var rows = new TestRows(N, 24, TestRows.Groups);
        using var one = ClassRegions.Build(rows.Source, Scale, 5, TestRows.One);
        using var three = ClassRegions.Build(rows.Source, Scale, 5, new WorkerTeam(3, CancellationToken.None));
        Assert.Equal(one.Of.data<byte>().ToArray(), three.Of.data<byte>().ToArray());
        Assert.Equal(one.Affinities.data<float>().ToArray(), three.Affinities.data<float>().ToArray());
    }

    /// <summary>100 of 3,000 classes estimate sum_j exp(scale cos): for classes in groups the mean square of the relative error is less than a third of that of a uniform sample, and for classes without structure it is no worse.</summary>
    [Theory]
    [InlineData(true, 0.33)]
    [InlineData(false, 1.3)]
    public void MakeTheEstimateOfTheSumBetter(bool groups, double most)
    {
        using var rows = new TestRows(N, 24, groups ? TestRows.Groups : TestRows.Isotropic);
        using var sampler = new RegionSampler(ClassRegions.Build(rows.Source, Scale, 5, TestRows.One), 0, N);
        var selector = new ClassSelector(0, N, corrects: true);
        var (regions, uniform) = (0.0, 0.0);
        for (var label = 0; label < N; label += 30)
        {
            double[] exponentials = [.. rows.Cosines(label).Select(cos => Math.Exp(Scale * cos))];
            var expected = exponentials.Sum() - exponentials[label];
            double Error(RegionSampler? far)
            {
                var chosen = selector.Select([label], 101, 0, null, far, Seeds.Mix(3, (ulong)label));
                var sum = chosen.Rows.Skip(1).Zip(chosen.Represents!).Sum(r => r.Second * exponentials[r.First]);
                return Math.Pow((sum / expected) - 1, 2);
            }

            regions += Error(sampler);
            uniform += Error(null);
        }

        Assert.True(regions < most * uniform, $"{regions} by regions, {uniform} uniformly");
    }
}
