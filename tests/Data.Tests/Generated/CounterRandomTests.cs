// The moments of the random numbers that everything generated is made of.
using XClassFlow.Data.Randomness;

namespace XClassFlow.Data.Tests.Generated;

public sealed class CounterRandomTests
{
    [Fact]
    public void GaussiansHaveMeanZeroAndVarianceOne()
    {
        var random = new CounterRandom(1);
        var values = Enumerable.Range(0, 200_000).Select(_ => (double)random.NextGaussian()).ToArray();
        Assert.InRange(values.Average(), -0.01, 0.01);
        Assert.InRange(values.Average(v => v * v), 0.985, 1.015);
        Assert.InRange(values.Average(v => v * v * v * v), 2.75, 2.95);
    }

    [Fact]
    public void RoughGaussiansHaveMeanZeroAndVarianceOneAndDoNotCorrelate()
    {
        var random = new CounterRandom(2);
        var pairs = Enumerable.Range(0, 100_000).Select(_ => random.NextRoughGaussians()).ToArray();
        Assert.InRange(pairs.Average(p => p.First), -0.015, 0.015);
        Assert.InRange(pairs.Average(p => p.First * p.First), 0.98, 1.02);
        Assert.InRange(pairs.Average(p => p.Second * p.Second), 0.98, 1.02);
        Assert.InRange(pairs.Average(p => p.First * p.Second), -0.015, 0.015);
    }

    [Fact]
    public void UniformNumbersStayInRange()
    {
        var random = new CounterRandom(3);
        var hits = new int[6];
        for (var i = 0; i < 60_000; i++)
        {
            hits[random.NextInt32(6)]++;
            Assert.InRange(random.NextSingle(-2, 3), -2f, 3f);
        }

        Assert.All(hits, n => Assert.InRange(n, 9500, 10_500));
    }

    [Fact]
    public void PortableSineAndCosineAreExact()
    {
        for (var angle = -MathF.PI; angle <= MathF.PI; angle += 0.01f)
        {
            var (sin, cos) = PortableMath.SinCos(angle);
            Assert.Equal(Math.Sin(angle), sin, 1e-6);
            Assert.Equal(Math.Cos(angle), cos, 1e-6);
        }
    }

    [Fact]
    public void DerivedKeysDependOnOrder() => Assert.NotEqual(SplitMix64.Derive(1, 2, 3), SplitMix64.Derive(1, 3, 2));
}
