// One stored row with everything that an update takes.
using XClassFlow.Stages.Head.Rows;

namespace XClassFlow.Stages.Tests.Head.Rows;

/// <summary>A case of the kernel tests. Every run starts from the same values.</summary>
internal sealed unsafe record Row(int Width, float[] Weight, float[]? Momentum, float[] Gradient, RowFactors Factors, RowStep Step, RoundingKey Key)
{
    public delegate void Kernel(byte* row, float* momentum, float* gradient);

    public static Row Random(int width, int seed, bool momentum, bool behind)
    {
        var random = new Random(seed);
        float Next() => (float)((2 * random.NextDouble()) - 1);
        float[] Values() => [.. Enumerable.Range(0, width).Select(_ => Next())];
        return new Row(
            width,
            Values(),
            momentum ? Values() : null,
            Values(),
            behind ? new RowFactors(1 - (0.1f * Next()), Next(), 0.01f * Next(), 0.5f + (0.4f * Next())) : RowFactors.None,
            new RowStep(0.1f, momentum ? 0.9f : 0, seed % 2 == 0 ? 0 : 1e-3f),
            RoundingKey.Of((ulong)seed, seed / 3));
    }

    /// <summary>What a kernel leaves.</summary>
    public (byte[] Stored, float[]? Momentum, float[] Gradient) Run<T>(Kernel kernel)
        where T : struct, IRowElement
    {
        var stored = new byte[Width * T.Size];
        var momentum = (float[]?)Momentum?.Clone();
        var gradient = (float[])Gradient.Clone();
        fixed (byte* row = stored)
        fixed (float* v = momentum, g = gradient)
        {
            for (var d = 0; d < Width; d++)
            {
                T.StoreNearest(row, d, Weight[d]);
            }

            kernel(row, v, g);
        }

        return (stored, momentum, gradient);
    }

    public void Update<T>(byte* row, float* v, float* g)
        where T : struct, IRowElement => UpdateKernels.Update<T>(row, v, Factors, g, Step, Key, Width);

    public void UpdateTwin<T>(byte* row, float* v, float* g)
        where T : struct, IRowElement => ScalarUpdate.Update<T>(row, v, Factors, g, Step, Key, 0, Width);

    public void CatchUp<T>(byte* row, float* v, float* g)
        where T : struct, IRowElement => UpdateKernels.CatchUp<T>(row, v, Factors, Key, Width);

    public void CatchUpTwin<T>(byte* row, float* v, float* g)
        where T : struct, IRowElement => ScalarUpdate.CatchUp<T>(row, v, Factors, Key, 0, Width);

    public void Read<T>(byte* row, float* v, float* g)
        where T : struct, IRowElement => UpdateKernels.Read<T>(row, v, Factors, g, Width);

    public void ReadTwin<T>(byte* row, float* v, float* g)
        where T : struct, IRowElement => ScalarUpdate.Read<T>(row, v, Factors, g, 0, Width);
}
