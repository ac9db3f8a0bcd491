// Loops over single rows: length, scaling, inner product; fp32 and bf16.
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace XClassFlow.Stages.Selection.Graph;

/// <summary>
/// Each has a scalar twin in <see cref="ScalarKernels"/>, which tests hold it to. bf16 is the upper half of a float: widening is a shift, on any CPU.
/// </summary>
internal static unsafe class RowKernels
{
    private const int CacheLine = 64;

    /// <summary>Sum of squares in double; NaN or infinite where an element is.</summary>
    public static double SquareLength(float* row, int width)
    {
        var sum = Vector256<double>.Zero;
        var d = 0;
        for (; d <= width - 8; d += 8)
        {
            var (low, high) = Vector256.Widen(Vector256.Load(row + d));
            sum += (low * low) + (high * high);
        }

        var total = Vector256.Sum(sum);
        for (; d < width; d++)
        {
            total += (double)row[d] * row[d];
        }

        return total;
    }

    public static double SquareLength(ushort* row, int width)
    {
        double total = 0;
        for (var d = 0; d < width; d++)
        {
            var value = (double)ScalarKernels.Widen(row[d]);
            total += value * value;
        }

        return total;
    }

    /// <summary>destination = scale * row.</summary>
    public static void Scale(float* row, float scale, float* destination, int width)
    {
        var d = 0;
        for (; d <= width - 8; d += 8)
        {
            (Vector256.Load(row + d) * scale).Store(destination + d);
        }

        for (; d < width; d++)
        {
            destination[d] = row[d] * scale;
        }
    }

    public static void Scale(ushort* row, float scale, float* destination, int width)
    {
        var d = 0;
        for (; d <= width - 8; d += 8)
        {
            (Widen(row + d) * scale).Store(destination + d);
        }

        for (; d < width; d++)
        {
            destination[d] = ScalarKernels.Widen(row[d]) * scale;
        }
    }

    /// <summary>Inner product of a query and a row.</summary>
    public static float Dot(float* query, float* row, int width)
    {
        var (a, b) = (Vector256<float>.Zero, Vector256<float>.Zero);
        var d = 0;
        for (; d <= width - 16; d += 16)
        {
            a = Vector256.FusedMultiplyAdd(Vector256.Load(query + d), Vector256.Load(row + d), a);
            b = Vector256.FusedMultiplyAdd(Vector256.Load(query + d + 8), Vector256.Load(row + d + 8), b);
        }

        var total = Vector256.Sum(a + b);
        for (; d < width; d++)
        {
            total += query[d] * row[d];
        }

        return total;
    }

    public static float Dot(float* query, ushort* row, int width)
    {
        var (a, b) = (Vector256<float>.Zero, Vector256<float>.Zero);
        var d = 0;
        for (; d <= width - 16; d += 16)
        {
            a = Vector256.FusedMultiplyAdd(Vector256.Load(query + d), Widen(row + d), a);
            b = Vector256.FusedMultiplyAdd(Vector256.Load(query + d + 8), Widen(row + d + 8), b);
        }

        var total = Vector256.Sum(a + b);
        for (; d < width; d++)
        {
            total += query[d] * ScalarKernels.Widen(row[d]);
        }

        return total;
    }

    /// <summary>Asks for the cache lines of a row; nothing on machines without the instruction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(byte* row, int bytes)
    {
        if (Sse.IsSupported)
        {
            for (var offset = 0; offset < bytes; offset += CacheLine)
            {
                Sse.Prefetch0(row + offset);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Widen(ushort* values)
    {
        var halves = Vector128.Load(values);
        return (Vector256.WidenLower(halves.ToVector256()) << 16).AsSingle();
    }
}
