// How a row and its momentum move together over steps without a gradient: a 2x2 matrix.
namespace XClassFlow.Stages.Head;

/// <summary>w' = WW w + WV v, v' = VW w + VV v.</summary>
internal readonly record struct RowMotion(double WW, double WV, double VW, double VV)
{
    /// <summary>No step.</summary>
    public static RowMotion None { get; } = new(1, 0, 0, 1);

    /// <summary>One step with gradient 0: v' = mu v + lambda w, w' = w - rate v'. A step that was left out is none.</summary>
    public static RowMotion OfStep(RowUpdate update, double rate)
    {
        if (double.IsNaN(rate))
        {
            return None;
        }

        var (mu, decay) = (update.EffectiveMomentum, update.WeightDecay);
        return new(1 - (rate * decay), -rate * mu, decay, mu);
    }

    /// <summary>Both motions, <paramref name="earlier"/> first.</summary>
    public RowMotion After(RowMotion earlier) => new(
        (WW * earlier.WW) + (WV * earlier.VW),
        (WW * earlier.WV) + (WV * earlier.VV),
        (VW * earlier.WW) + (VV * earlier.VW),
        (VW * earlier.WV) + (VV * earlier.VV));
}
