// The kernels that read and update rows, against their scalar twins: the same bits.
using FsCheck;
using FsCheck.Fluent;
using XClassFlow.Stages.Head.Rows;

namespace XClassFlow.Stages.Tests.Head.Rows;

public sealed unsafe class UpdateKernelTests
{
    private static readonly Gen<Row> Rows =
        from width in Gen.Choose(1, 70)
        from seed in Gen.Choose(0, int.MaxValue - 1)
        from momentum in Gen.Elements(true, false)
        from behind in Gen.Elements(true, false)
        select Row.Random(width, seed, momentum, behind);

    [Fact]
    public void Fp32RowsEqualTheirTwins() => Check.QuickThrowOnFailure(Prop.ForAll(Rows.ToArbitrary(), EqualTwins<Float32Element>));

    [Fact]
    public void Bf16RowsEqualTheirTwins() => Check.QuickThrowOnFailure(Prop.ForAll(Rows.ToArbitrary(), EqualTwins<BFloat16Element>));

    [Fact]
    public void OneUpdateIsWhatItSays()
    {
        var row = Row.Random(37, 5, momentum: true, behind: true);
        var updated = row.Run<Float32Element>(row.Update<Float32Element>);
        for (var d = 0; d < row.Width; d++)
        {
            double w = row.Weight[d], v = row.Momentum![d];
            var (w1, v1) = ((row.Factors.WW * w) + (row.Factors.WV * v), (row.Factors.VW * w) + (row.Factors.VV * v));
            var v2 = (row.Step.Momentum * v1) + row.Gradient[d] + (row.Step.Decay * w1);
            Assert.Equal(v2, updated.Momentum![d], 1e-5);
            Assert.Equal(w1 - (row.Step.Rate * v2), BitConverter.ToSingle(updated.Stored, d * sizeof(float)), 1e-5);
        }
    }

    [Fact]
    public void ThroughNormalisationIsTheDerivative()
    {
        var random = new Random(1);
        float[] w = [.. Enumerable.Range(0, 21).Select(_ => (float)random.NextDouble() - 0.5f)];
        float[] g = [.. w.Select(_ => (float)random.NextDouble() - 0.5f)];
        var length = Math.Sqrt(w.Sum(x => (double)x * x));
        float[] unit = [.. w.Select(x => (float)(x / length))];
        float[] actual = [.. g];
        fixed (float* a = actual, u = unit)
        {
            UpdateKernels.ThroughNormalisation(a, u, (float)(1 / length), w.Length);
        }

        for (var d = 0; d < w.Length; d++)
        {
            const double Step = 1e-6;
            double Loss(double change) => Enumerable.Range(0, w.Length).Sum(i => g[i] * (w[i] + (i == d ? change : 0)))
                / Math.Sqrt(Enumerable.Range(0, w.Length).Sum(i => Math.Pow(w[i] + (i == d ? change : 0), 2)));
            Assert.Equal((Loss(Step) - Loss(-Step)) / (2 * Step), actual[d], 1e-5);
        }
    }

    private static bool EqualTwins<T>(Row row)
        where T : struct, IRowElement
    {
        AssertEqual(row.Run<T>(row.UpdateTwin<T>), row.Run<T>(row.Update<T>));
        AssertEqual(row.Run<T>(row.CatchUpTwin<T>), row.Run<T>(row.CatchUp<T>));
        AssertEqual(row.Run<T>(row.ReadTwin<T>), row.Run<T>(row.Read<T>));
        return true;
    }

    private static void AssertEqual((byte[] Stored, float[]? Momentum, float[] Gradient) expected, (byte[] Stored, float[]? Momentum, float[] Gradient) actual)
    {
        Assert.Equal(expected.Stored, actual.Stored);
        Assert.Equal(expected.Momentum, actual.Momentum);
        Assert.Equal(expected.Gradient, actual.Gradient);
    }
}
