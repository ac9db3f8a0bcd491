// Rows of many shapes for the class graph builders, as they would lie in memory.
using XClassFlow.Data.Randomness;
using XClassFlow.Data.Tensors;
using XClassFlow.Stages.Selection.Graph;

namespace XClassFlow.Stages.Tests.Selection.ClassGraph;

/// <summary>Owns the memory and the row source over it.</summary>
internal sealed unsafe class TestRows : IDisposable
{
    private readonly NativeBuffer<float> _data;
    private readonly NativeBuffer<ushort>? _half;

    public TestRows(int n, int d, Action<int, float[]> fill, bool half = false)
    {
        (N, D) = (n, d);
        _data = new NativeBuffer<float>((long)n * d);
        var row = new float[d];
        for (var i = 0; i < n; i++)
        {
            Array.Clear(row);
            fill(i, row);
            row.CopyTo(_data.Span((long)i * d, d));
        }

        if (half)
        {
            _half = new NativeBuffer<ushort>((long)n * d);
            for (var i = 0; i < n * d; i++)
            {
                _half.Pointer[i] = (ushort)(BitConverter.SingleToUInt32Bits(_data.Pointer[i]) >> 16);
                _data.Pointer[i] = BitConverter.UInt32BitsToSingle((uint)_half.Pointer[i] << 16);
            }
        }

        Source = Open(One);
    }

    public static WorkerTeam One { get; } = new(1, CancellationToken.None);

    public int N { get; }

    public int D { get; }

    public MemoryRows Source { get; }

    /// <summary>Groups of 16 around centres that stand in groups of 16 themselves.</summary>
    public static void Groups(int i, float[] row)
    {
        Add(row, SplitMix64.Derive(1, (ulong)(i / 256)), 1);
        Add(row, SplitMix64.Derive(2, (ulong)(i / 16)), 0.5f);
        Add(row, SplitMix64.Derive(3, (ulong)i), 0.25f);
    }

    public static void Isotropic(int i, float[] row) => Add(row, SplitMix64.Derive(4, (ulong)i), 1);

    public static void Add(float[] row, ulong key, float scale)
    {
        var random = new CounterRandom(key);
        foreach (ref var value in row.AsSpan())
        {
            value += scale * random.NextGaussian();
        }
    }

    public MemoryRows Open(WorkerTeam team) => _half is null
        ? new MemoryRows([new RowSegment(0, N / 3, (nint)_data.Pointer), new RowSegment(N / 3, N - (N / 3), (nint)(_data.Pointer + (N / 3 * D)))], D, ElementType.Float32, team, "rows")
        : new MemoryRows([new RowSegment(0, N, (nint)_half.Pointer)], D, ElementType.BFloat16, team, "rows");

    /// <summary>Cosines of a class with all, in double; 0 where a row is zero.</summary>
    public double[] Cosines(int self) => [.. Enumerable.Range(0, N).Select(other => Cosine(self, other))];

    /// <summary>A valid list: the class first, distinct, in range, by falling cosine up to rounding.</summary>
    public void AssertValid(NeighbourTable table)
    {
        Assert.Equal((N, 0L), (table.Classes, table.ClassStart));
        for (var c = 0; c < N; c++)
        {
            var list = table.Of(c).ToArray();
            Assert.Equal(c, list[0]);
            Assert.Equal(list.Length, list.Distinct().Count());
            Assert.All(list, id => Assert.InRange(id, 0, N - 1));
            for (var i = 2; i < list.Length; i++)
            {
                Assert.True(Cosine(c, list[i]) <= Cosine(c, list[i - 1]) + 1e-5, $"class {c}, rank {i}");
            }
        }
    }

    public void Dispose()
    {
        Source.Dispose();
        _data.Dispose();
        _half?.Dispose();
    }

    private double Cosine(int a, int b)
    {
        double dot = 0, aa = 0, bb = 0;
        for (var i = 0; i < D; i++)
        {
            double x = _data.Pointer[(a * D) + i], y = _data.Pointer[(b * D) + i];
            dot += x * y;
            aa += x * x;
            bb += y * y;
        }

        return aa > 0 && bb > 0 ? dot / Math.Sqrt(aa * bb) : 0;
    }
}
