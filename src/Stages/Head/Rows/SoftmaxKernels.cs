// Loops over one sample's logits of a chunk: the largest, the sum, and exp in place with its sum.
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace XClassFlow.Stages.Head.Rows;

/// <summary>Each has a scalar twin in <see cref="ScalarSoftmax"/>, which tests hold it to.</summary>
internal static unsafe class SoftmaxKernels
{
    private const int Lanes = 16;

    // exp(x) = 2^n exp(r), r = x - n ln 2 in two parts (Cody and Waite), |r| <= ln 2 / 2; a Taylor polynomial of degree 7: relative error below 2e-7.
    private const float Log2E = 1.44269504f;
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;
    private const float Lowest = -87f;
    private const float Highest = 88f;

    /// <summary>The largest value; -infinity for none. NaN where there is one.</summary>
    public static float Max(float* values, int count)
    {
        var max = Vector512.Create(float.NegativeInfinity);
        var i = 0;
        for (; i <= count - Lanes; i += Lanes)
        {
            max = Vector512.Max(max, Vector512.Load(values + i));
        }

        var best = float.NegativeInfinity;
        for (var lane = 0; lane < Lanes; lane++)
        {
            best = MathF.Max(best, max[lane]);
        }

        for (; i < count; i++)
        {
            best = MathF.Max(best, values[i]);
        }

        return best;
    }

    public static float Sum(float* values, int count)
    {
        var sum = Vector512<float>.Zero;
        var i = 0;
        for (; i <= count - Lanes; i += Lanes)
        {
            sum += Vector512.Load(values + i);
        }

        var total = Vector512.Sum(sum);
        for (; i < count; i++)
        {
            total += values[i];
        }

        return total;
    }

    /// <summary>value = exp(scale value + shift) in place; returns their sum. Below exp(-87) it is 0.</summary>
    public static float ExpSum(float* values, int count, float scale, float shift)
    {
        var (a, b) = (Vector512.Create(scale), Vector512.Create(shift));
        var sum = Vector512<float>.Zero;
        var i = 0;
        for (; i <= count - Lanes; i += Lanes)
        {
            var e = Exp(Vector512.FusedMultiplyAdd(Vector512.Load(values + i), a, b));
            e.Store(values + i);
            sum += e;
        }

        return Vector512.Sum(sum) + ScalarSoftmax.ExpSum(values + i, count - i, scale, shift);
    }

    /// <summary>destination += factor values.</summary>
    public static void AddScaled(float* destination, float* values, float factor, int count)
    {
        var scale = Vector512.Create(factor);
        var i = 0;
        for (; i <= count - Lanes; i += Lanes)
        {
            Vector512.FusedMultiplyAdd(Vector512.Load(values + i), scale, Vector512.Load(destination + i)).Store(destination + i);
        }

        for (; i < count; i++)
        {
            destination[i] = MathF.FusedMultiplyAdd(values[i], factor, destination[i]);
        }
    }

    /// <summary>destination += sum over k of coefficients[k] vectors[k].</summary>
    /// <param name="destination">float32 [width].</param>
    /// <param name="coefficients">[count].</param>
    /// <param name="vectors">float32 [count, width].</param>
    /// <param name="count">Number of vectors.</param>
    /// <param name="width">Their width.</param>
    public static void AddCombination(float* destination, float* coefficients, float* vectors, int count, int width)
    {
        var d = 0;
        for (; d <= width - (4 * Lanes); d += 4 * Lanes)
        {
            var to = destination + d;
            var (a, b) = (Vector512.Load(to), Vector512.Load(to + Lanes));
            var (c, e) = (Vector512.Load(to + (2 * Lanes)), Vector512.Load(to + (3 * Lanes)));
            var from = vectors + d;
            for (var k = 0; k < count; k++, from += width)
            {
                var factor = Vector512.Create(coefficients[k]);
                a = Vector512.FusedMultiplyAdd(Vector512.Load(from), factor, a);
                b = Vector512.FusedMultiplyAdd(Vector512.Load(from + Lanes), factor, b);
                c = Vector512.FusedMultiplyAdd(Vector512.Load(from + (2 * Lanes)), factor, c);
                e = Vector512.FusedMultiplyAdd(Vector512.Load(from + (3 * Lanes)), factor, e);
            }

            a.Store(to);
            b.Store(to + Lanes);
            c.Store(to + (2 * Lanes));
            e.Store(to + (3 * Lanes));
        }

        for (var k = 0; k < count && d < width; k++)
        {
            AddScaled(destination + d, vectors + ((long)k * width) + d, coefficients[k], width - d);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Exp(Vector512<float> x)
    {
        var bounded = Vector512.Min(x, Vector512.Create(Highest));
        var n = Vector512.Round(bounded * Log2E);
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2High), bounded);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2Low), r);
        var p = Vector512.Create(1f / 5040);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1f / 720));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1f / 120));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1f / 24));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1f / 6));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.5f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512<float>.One);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512<float>.One);
        var power = ((Vector512.ConvertToInt32(n) + Vector512.Create(127)) << 23).AsSingle();

        // NaN stays NaN: the comparison with it is false.
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(Lowest)), Vector512<float>.Zero, p * power);
    }
}
