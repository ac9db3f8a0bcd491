// Small matrices for the oracles: random ones, tensors of them, and how far two are apart.
using static TorchSharp.torch;

namespace XClassFlow.Stages.Tests.Head;

internal static class Matrices
{
    /// <summary>Normal values rounded to fp32, so that both sides start from the same numbers.</summary>
    public static double[][] Normal(int rows, int width, double deviation, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, width).Select(_ => (double)(float)(deviation * Gaussian(random))).ToArray())];
    }

    /// <summary>float32 [rows, width]; the caller's.</summary>
    public static Tensor ToTensor(IReadOnlyList<double[]> rows, int width)
        => tensor(rows.SelectMany(r => r).Select(v => (float)v).ToArray(), [rows.Count, width]);

    public static double[][] ToRows(Tensor tensor)
    {
        var values = tensor.contiguous().data<float>().ToArray();
        var width = (int)tensor.shape[1];
        return [.. Enumerable.Range(0, (int)tensor.shape[0]).Select(r => values.Skip(r * width).Take(width).Select(v => (double)v).ToArray())];
    }

    /// <summary>Largest difference relative to the largest expected value.</summary>
    public static double Difference(double[][] expected, double[][] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        var scale = expected.Max(r => r.Max(Math.Abs));
        return expected.Zip(actual, (e, a) => e.Zip(a, (x, y) => Math.Abs(x - y)).Max()).Max() / scale;
    }

    private static double Gaussian(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
