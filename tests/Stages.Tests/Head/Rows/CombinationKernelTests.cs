// The vector form of a sum of scaled vectors against its scalar twin.
using XClassFlow.Stages.Head.Rows;

namespace XClassFlow.Stages.Tests.Head.Rows;

public sealed unsafe class CombinationKernelTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 17)]
    [InlineData(8, 64)]
    [InlineData(5, 128)]
    [InlineData(7, 203)]
    [InlineData(0, 70)]
    public void Equals_its_scalar_twin(int count, int width)
    {
        var random = new Random(width);
        float[] Draw(int n) => [.. Enumerable.Range(0, n).Select(_ => (random.NextSingle() * 2) - 1)];
        var (coefficients, vectors, start) = (Draw(Math.Max(count, 1)), Draw(Math.Max(count * width, 1)), Draw(width));
        var (actual, expected) = ((float[])start.Clone(), (float[])start.Clone());
        fixed (float* c = coefficients, v = vectors, a = actual, e = expected)
        {
            SoftmaxKernels.AddCombination(a, c, v, count, width);
            ScalarSoftmax.AddCombination(e, c, v, count, width);
        }

        Assert.Equal(expected, actual);
        Assert.Equal(count == 0, actual.SequenceEqual(start));
    }
}
