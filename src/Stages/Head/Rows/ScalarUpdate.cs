// The plain twins of the update kernels: what they must compute, element by element.
using static System.MathF;

namespace XClassFlow.Stages.Head.Rows;

/// <summary>Used for the ends of rows and by tests. Elements <c>from</c> to <c>width</c> - 1; the other parameters as in <see cref="UpdateKernels"/>.</summary>
internal static unsafe class ScalarUpdate
{
    public static void Read<T>(byte* row, float* momentum, RowFactors factors, float* destination, int from, int width)
        where T : struct, IRowElement
    {
        for (var d = from; d < width; d++)
        {
            var w = T.LoadOne(row, d) * factors.WW;
            destination[d] = momentum == null ? w : FusedMultiplyAdd(momentum[d], factors.WV, w);
        }
    }

    public static void CatchUp<T>(byte* row, float* momentum, RowFactors factors, RoundingKey key, int from, int width)
        where T : struct, IRowElement
    {
        for (var d = from; d < width; d++)
        {
            var old = T.LoadOne(row, d);
            var w = old * factors.WW;
            if (momentum != null)
            {
                w = FusedMultiplyAdd(momentum[d], factors.WV, w);
                momentum[d] = FusedMultiplyAdd(old, factors.VW, momentum[d] * factors.VV);
            }

            T.StoreOne(row, d, w, key);
        }
    }

    public static void Update<T>(byte* row, float* momentum, RowFactors factors, float* gradient, RowStep step, RoundingKey key, int from, int width)
        where T : struct, IRowElement
    {
        for (var d = from; d < width; d++)
        {
            var old = T.LoadOne(row, d);
            var w = old * factors.WW;
            var direction = gradient[d];
            if (momentum != null)
            {
                w = FusedMultiplyAdd(momentum[d], factors.WV, w);
                var v = FusedMultiplyAdd(old, factors.VW, momentum[d] * factors.VV);
                direction = FusedMultiplyAdd(v, step.Momentum, FusedMultiplyAdd(w, step.Decay, direction));
                momentum[d] = direction;
            }
            else
            {
                direction = FusedMultiplyAdd(w, step.Decay, direction);
            }

            T.StoreOne(row, d, FusedMultiplyAdd(direction, -step.Rate, w), key);
        }
    }
}
