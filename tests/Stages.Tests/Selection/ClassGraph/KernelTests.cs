// The SIMD kernels against their scalar twins.
using System.Runtime.Intrinsics;
using XClassFlow.Stages.Selection.Graph;

namespace XClassFlow.Stages.Tests.Selection.ClassGraph;

public sealed unsafe class KernelTests
{
    public static TheoryData<int> Widths => [1, 2, 7, 8, 15, 16, 33, 64, 100];

    [Theory]
    [MemberData(nameof(Widths))]
    public void EveryPathOfTheTileGivesTheSameBits(int width)
    {
        using var queries = Values(ScoreTile.Queries * width, 1);
        using var keys = Values(ScoreTile.Keys * width, 2);
        using var expected = new NativeBuffer<float>(ScoreTile.Queries * ScoreTile.Keys);
        ScalarKernels.Tile(queries.Pointer, keys.Pointer, width, expected.Pointer);

        using var scores = new NativeBuffer<float>(ScoreTile.Queries * ScoreTile.Keys);
        ScoreTile.Compute(queries.Pointer, keys.Pointer, width, scores.Pointer);
        Assert.Equal(Bits(expected), Bits(scores));

        scores.Span(0, (int)scores.Length).Clear();
        for (var (q, key) = (0, 0); q < ScoreTile.Queries; (q, key) = key == 0 ? (q, KeyPanel.Lanes) : (q + 4, 0))
        {
            ScoreTile.Narrow(queries.Pointer + (q * width), keys.Pointer + (key * width), width, scores.Pointer + (q * ScoreTile.Keys) + key);
        }

        Assert.Equal(Bits(expected), Bits(scores));
        if (Vector512.IsHardwareAccelerated)
        {
            ScoreTile.Wide(queries.Pointer, keys.Pointer, width, scores.Pointer);
            Assert.Equal(Bits(expected), Bits(scores));
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void RowsAgreeWithTheirTwins(int width)
    {
        using var a = Values(width, 3);
        using var b = Values(width, 4);
        using var half = new NativeBuffer<ushort>(width);
        using var widened = new NativeBuffer<float>(width);
        for (var i = 0; i < width; i++)
        {
            half.Pointer[i] = (ushort)(BitConverter.SingleToUInt32Bits(b.Pointer[i]) >> 16);
            widened.Pointer[i] = ScalarKernels.Widen(half.Pointer[i]);
        }

        Assert.Equal(ScalarKernels.Dot(a.Pointer, b.Pointer, width), RowKernels.Dot(a.Pointer, b.Pointer, width), 1e-4f);
        Assert.Equal(ScalarKernels.Dot(a.Pointer, widened.Pointer, width), RowKernels.Dot(a.Pointer, half.Pointer, width), 1e-4f);
        Assert.Equal(ScalarKernels.SquareLength(b.Pointer, width), RowKernels.SquareLength(b.Pointer, width), 1e-9);
        Assert.Equal(ScalarKernels.SquareLength(widened.Pointer, width), RowKernels.SquareLength(half.Pointer, width), 1e-9);

        using var scaled = new NativeBuffer<float>(width);
        RowKernels.Scale(b.Pointer, 0.3f, scaled.Pointer, width);
        Assert.Equal(b.Span(0, width).ToArray().Select(v => v * 0.3f), scaled.Span(0, width).ToArray());
        RowKernels.Scale(half.Pointer, 0.3f, scaled.Pointer, width);
        Assert.Equal(widened.Span(0, width).ToArray().Select(v => v * 0.3f), scaled.Span(0, width).ToArray());
    }

    [Fact]
    public void AListDoesNotDependOnTheOrderOfCandidates()
    {
        (float Score, int Id)[] candidates = [.. Enumerable.Range(0, 200).Select(i => ((i * 37 % 23) / 23f, i))];
        var expected = candidates.OrderByDescending(c => c.Score).ThenBy(c => c.Id).Take(9).Select(c => c.Id);
        var scores = stackalloc float[9];
        var ids = stackalloc int[9];
        for (var seed = 0; seed < 20; seed++)
        {
            var list = new NearestList(scores, ids, 9);
            list.Clear();
            var shuffled = candidates.ToArray();
            new Random(seed).Shuffle(shuffled);
            foreach (var (score, id) in shuffled)
            {
                list.Add(score, id);
            }

            Assert.Equal(expected, new Span<int>(ids, 9).ToArray());
        }
    }

    private static uint[] Bits(NativeBuffer<float> values) => Array.ConvertAll(values.Span(0, (int)values.Length).ToArray(), BitConverter.SingleToUInt32Bits);

    private static NativeBuffer<float> Values(int count, int seed)
    {
        var random = new Random(seed);
        var values = new NativeBuffer<float>(count);
        for (var i = 0; i < count; i++)
        {
            values.Pointer[i] = (float)((2 * random.NextDouble()) - 1);
        }

        return values;
    }
}
