// The motion of missed steps by its definition: one table from the oldest row to now, a product for every step.
using XClassFlow.Stages.Head;

namespace XClassFlow.Stages.Tests.Head;

/// <summary>What LazyMomentum computes, without blocks: the oracle of its tests. Its cost grows with the age of the oldest row.</summary>
internal static class MissedSteps
{
    public static (float[] WW, float[] WV, float[] VW, float[] VV) Factors(RowUpdate update, IReadOnlyList<double> rates, ReadOnlySpan<int> lastSteps, int step)
    {
        var oldest = step - 1;
        foreach (var last in lastSteps)
        {
            oldest = Math.Min(oldest, last);
        }

        // table[i]: the matrix from the state after step oldest + i to the state before `step`.
        var count = step - oldest;
        var table = new (double WW, double WV, double VW, double VV)[count];
        table[count - 1] = (1, 0, 0, 1);
        for (var i = count - 2; i >= 0; i--)
        {
            var (rate, mu, decay, next) = (rates[oldest + i + 1], update.Momentum, update.WeightDecay, table[i + 1]);
            table[i] = (
                (next.WW * (1 - (rate * decay))) + (next.WV * decay),
                (next.WW * -rate * mu) + (next.WV * mu),
                (next.VW * (1 - (rate * decay))) + (next.VV * decay),
                (next.VW * -rate * mu) + (next.VV * mu));
        }

        var n = lastSteps.Length;
        var (ww, wv, vw, vv) = (new float[n], new float[n], new float[n], new float[n]);
        for (var i = 0; i < n; i++)
        {
            var m = table[lastSteps[i] - oldest];
            (ww[i], wv[i], vw[i], vv[i]) = ((float)m.WW, (float)m.WV, (float)m.VW, (float)m.VV);
        }

        return (ww, wv, vw, vv);
    }
}
