// Reading and updating single rows: up to date with the steps they missed, in one pass over the stored elements.
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace XClassFlow.Stages.Head.Rows;

/// <summary>
/// Loops over one row of width D. Each has a scalar twin in <see cref="ScalarUpdate"/>: the same operations on one element, which is also what the ends of rows go through, so that a
/// row's bits do not depend on the vector path.
/// </summary>
internal static unsafe class UpdateKernels
{
    private const int Lanes = 8;

    /// <summary>The row widened to fp32 as it stands before the step, without storing that.</summary>
    /// <param name="row">Stored elements.</param>
    /// <param name="momentum">float32 [D]; null where there is none.</param>
    /// <param name="factors">Its motion since it was stored.</param>
    /// <param name="destination">float32 [D].</param>
    /// <param name="width">D.</param>
    public static void Read<T>(byte* row, float* momentum, RowFactors factors, float* destination, int width)
        where T : struct, IRowElement
    {
        var (ww, wv) = (Vector256.Create(factors.WW), Vector256.Create(factors.WV));
        var d = 0;
        for (; d <= width - Lanes; d += Lanes)
        {
            var w = T.Load(row, d) * ww;
            (momentum == null ? w : Vector256.FusedMultiplyAdd(Vector256.Load(momentum + d), wv, w)).Store(destination + d);
        }

        ScalarUpdate.Read<T>(row, momentum, factors, destination, d, width);
    }

    /// <summary>Stores what the row missed, and nothing else.</summary>
    public static void CatchUp<T>(byte* row, float* momentum, RowFactors factors, RoundingKey key, int width)
        where T : struct, IRowElement
    {
        var (ww, wv, vw, vv) = Vectors(factors);
        var d = 0;
        for (; d <= width - Lanes; d += Lanes)
        {
            var old = T.Load(row, d);
            var w = old * ww;
            if (momentum != null)
            {
                var v = Vector256.Load(momentum + d);
                w = Vector256.FusedMultiplyAdd(v, wv, w);
                Vector256.FusedMultiplyAdd(old, vw, v * vv).Store(momentum + d);
            }

            T.Store(row, d, w, key);
        }

        ScalarUpdate.CatchUp<T>(row, momentum, factors, key, d, width);
    }

    /// <summary>Motion of the missed steps, decay, momentum, learning rate, rounding and store.</summary>
    /// <param name="row">Stored elements.</param>
    /// <param name="momentum">float32 [D]; null where there is none.</param>
    /// <param name="factors">Its motion since it was stored.</param>
    /// <param name="gradient">float32 [D], with respect to the row.</param>
    /// <param name="step">The update.</param>
    /// <param name="key">Of the row in this step.</param>
    /// <param name="width">D.</param>
    public static void Update<T>(byte* row, float* momentum, RowFactors factors, float* gradient, RowStep step, RoundingKey key, int width)
        where T : struct, IRowElement
    {
        var (ww, wv, vw, vv) = Vectors(factors);
        var (rate, mu, decay) = (Vector256.Create(-step.Rate), Vector256.Create(step.Momentum), Vector256.Create(step.Decay));
        var d = 0;
        for (; d <= width - Lanes; d += Lanes)
        {
            var old = T.Load(row, d);
            var w = old * ww;
            var direction = Vector256.Load(gradient + d);
            if (momentum != null)
            {
                var v = Vector256.Load(momentum + d);
                w = Vector256.FusedMultiplyAdd(v, wv, w);
                v = Vector256.FusedMultiplyAdd(old, vw, v * vv);
                direction = Vector256.FusedMultiplyAdd(v, mu, Vector256.FusedMultiplyAdd(w, decay, direction));
                direction.Store(momentum + d);
            }
            else
            {
                direction = Vector256.FusedMultiplyAdd(w, decay, direction);
            }

            T.Store(row, d, Vector256.FusedMultiplyAdd(direction, rate, w), key);
        }

        ScalarUpdate.Update<T>(row, momentum, factors, gradient, step, key, d, width);
    }

    /// <summary>Back through w/|w|, in place: g = (g - u (g.u)) / |w|.</summary>
    /// <param name="gradient">float32 [D], with respect to the unit row.</param>
    /// <param name="unit">float32 [D].</param>
    /// <param name="inverse">1/|w|.</param>
    /// <param name="width">D.</param>
    public static void ThroughNormalisation(float* gradient, float* unit, float inverse, int width)
    {
        var dot = -Selection.Graph.RowKernels.Dot(gradient, unit, width);
        var (scale, minus) = (Vector256.Create(inverse), Vector256.Create(dot));
        var d = 0;
        for (; d <= width - Lanes; d += Lanes)
        {
            (Vector256.FusedMultiplyAdd(Vector256.Load(unit + d), minus, Vector256.Load(gradient + d)) * scale).Store(gradient + d);
        }

        for (; d < width; d++)
        {
            gradient[d] = MathF.FusedMultiplyAdd(unit[d], dot, gradient[d]) * inverse;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> WW, Vector256<float> WV, Vector256<float> VW, Vector256<float> VV) Vectors(RowFactors factors)
        => (Vector256.Create(factors.WW), Vector256.Create(factors.WV), Vector256.Create(factors.VW), Vector256.Create(factors.VV));
}
