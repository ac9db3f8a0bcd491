// The softmax kernels against plain loops.
using XClassFlow.Stages.Head.Rows;

namespace XClassFlow.Stages.Tests.Head.Rows;

public sealed unsafe class SoftmaxKernelTests
{
    public static TheoryData<int> Counts => [0, 1, 7, 15, 16, 17, 31, 32, 100, 1000];

    [Theory]
    [MemberData(nameof(Counts))]
    public void ExponentialsAndTheirSumAgreeWithDoubles(int count)
    {
        var values = Values(count, 1);
        var actual = values.ToArray();
        float sum;
        fixed (float* a = actual)
        {
            sum = SoftmaxKernels.ExpSum(a, count, 16f, -12.5f);
        }

        double[] expected = [.. values.Select(v => Math.Exp((16.0 * v) - 12.5))];
        Assert.All(expected.Zip(actual), p => Assert.InRange(p.Second, p.First * (1 - 3e-6), p.First * (1 + 3e-6)));
        Assert.Equal(expected.Sum(), sum, 3e-6 * Math.Max(1, expected.Sum()));
    }

    [Fact]
    public void TheVectorExponentialEqualsItsTwin()
    {
        // From what becomes 0 to what is largest, in steps that hit the edges of the reduction.
        float[] x = [.. Enumerable.Range(-95_000, 183_000).Select(i => i * 0.001f)];
        var (vector, scalar) = (x.ToArray(), x.ToArray());
        fixed (float* v = vector, s = scalar)
        {
            SoftmaxKernels.ExpSum(v, x.Length, 1, 0);
            ScalarSoftmax.ExpSum(s, x.Length, 1, 0);
        }

        for (var i = 0; i < x.Length; i++)
        {
            Assert.True(Math.Abs(vector[i] - (double)scalar[i]) <= 3e-7 * scalar[i], $"exp({x[i]}) is {vector[i]}, not {scalar[i]}");
        }
    }

    [Fact]
    public void WhatIsNoNumberStaysNone()
    {
        var values = Enumerable.Repeat(0.5f, 40).ToArray();
        (values[3], values[39]) = (float.NaN, float.NegativeInfinity);
        fixed (float* v = values)
        {
            Assert.True(float.IsNaN(SoftmaxKernels.Max(v, 40)));
            Assert.True(float.IsNaN(SoftmaxKernels.ExpSum(v, 40, 1, 0)));
        }

        Assert.True(float.IsNaN(values[3]));
        Assert.Equal(0, values[39]);
    }

    [Theory]
    [MemberData(nameof(Counts))]
    public void MaximumSumAndScaledSumAgreeWithPlainLoops(int count)
    {
        var (values, sums) = (Values(count, 2), Values(count, 3));
        float[] expected = [.. values.Zip(sums, (v, s) => MathF.FusedMultiplyAdd(v, -0.7f, s))];
        fixed (float* v = values, s = sums)
        {
            Assert.Equal(values.Append(float.NegativeInfinity).Max(), SoftmaxKernels.Max(v, count));
            Assert.Equal(values.Sum(x => (double)x), SoftmaxKernels.Sum(v, count), 1e-4);
            SoftmaxKernels.AddScaled(s, v, -0.7f, count);
        }

        Assert.Equal(expected, sums);
    }

    private static float[] Values(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)((2 * random.NextDouble()) - 1))];
    }
}
