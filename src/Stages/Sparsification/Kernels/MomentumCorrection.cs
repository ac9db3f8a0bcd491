// The pass that takes a rank's gradient into its momentum and its residual: with vectors, and as a plain loop that the tests hold it to.
using System.Runtime.Intrinsics;

namespace XClassFlow.Stages.Sparsification;

/// <summary>
/// u &lt;- m u + c g;  v &lt;- v + u, with Nesterov v &lt;- v + (m u + c g) (Lin et al., ICLR 2018, equation 4 and its footnote on Nesterov). Products and sums are rounded one by one, in both forms
/// alike, so the result depends neither on vectors nor on threads.
/// </summary>
/// <param name="Momentum">m; 0: v &lt;- v + c g, and u is not used.</param>
/// <param name="Nesterov">Whether to look ahead.</param>
internal readonly unsafe record struct MomentumCorrection(float Momentum, bool Nesterov)
{
    /// <summary>Values [from, to) of one pass.</summary>
    /// <param name="gradient">g.</param>
    /// <param name="velocity">u.</param>
    /// <param name="residual">v.</param>
    /// <param name="from">First value.</param>
    /// <param name="to">End.</param>
    /// <param name="factor">c, from local clipping; 1 without.</param>
    public void Accumulate(float* gradient, float* velocity, float* residual, int from, int to, float factor)
        => Accumulate(gradient, velocity, residual, velocity, residual, from, to, factor);

    /// <summary>What <see cref="Accumulate(float*, float*, float*, int, int, float)"/> would make of v, the same bits; u and v stay as they are.</summary>
    /// <param name="gradient">g.</param>
    /// <param name="velocity">u.</param>
    /// <param name="residual">v.</param>
    /// <param name="result">Where v would be.</param>
    /// <param name="from">First value.</param>
    /// <param name="to">End.</param>
    /// <param name="factor">c.</param>
    public void Foresee(float* gradient, float* velocity, float* residual, float* result, int from, int to, float factor)
        => Accumulate(gradient, velocity, residual, null, result, from, to, factor);

    /// <summary>As <see cref="Accumulate(float*, float*, float*, int, int, float)"/>, one value after the other.</summary>
    public void AccumulateScalar(float* gradient, float* velocity, float* residual, int from, int to, float factor)
        => AccumulateScalar(gradient, velocity, residual, velocity, residual, from, to, factor);

    // newVelocity may be null: then u is not kept.
    private void Accumulate(float* gradient, float* velocity, float* residual, float* newVelocity, float* newResidual, int from, int to, float factor)
    {
        var i = from;
        if (Vector256.IsHardwareAccelerated)
        {
            var (m, c) = (Vector256.Create(Momentum), Vector256.Create(factor));
            for (; i <= to - Vector256<float>.Count; i += Vector256<float>.Count)
            {
                var step = Vector256.Load(gradient + i) * c;
                if (Momentum != 0)
                {
                    var u = (Vector256.Load(velocity + i) * m) + step;
                    if (newVelocity != null)
                    {
                        u.Store(newVelocity + i);
                    }

                    step = Nesterov ? (u * m) + step : u;
                }

                (Vector256.Load(residual + i) + step).Store(newResidual + i);
            }
        }

        AccumulateScalar(gradient, velocity, residual, newVelocity, newResidual, i, to, factor);
    }

    private void AccumulateScalar(float* gradient, float* velocity, float* residual, float* newVelocity, float* newResidual, int from, int to, float factor)
    {
        for (var i = from; i < to; i++)
        {
            var step = gradient[i] * factor;
            if (Momentum != 0)
            {
                var u = (velocity[i] * Momentum) + step;
                if (newVelocity != null)
                {
                    newVelocity[i] = u;
                }

                step = Nesterov ? (u * Momentum) + step : u;
            }

            newResidual[i] = residual[i] + step;
        }
    }
}
