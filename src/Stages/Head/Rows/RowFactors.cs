// What brings one row up to date, in fp32.
namespace XClassFlow.Stages.Head.Rows;

/// <summary>w' = WW w + WV v, v' = VW w + VV v: a <see cref="RowMotion"/> as the kernels apply it.</summary>
internal readonly record struct RowFactors(float WW, float WV, float VW, float VV)
{
    /// <summary>The row is up to date.</summary>
    public static RowFactors None { get; } = new(1, 0, 0, 1);

    public static RowFactors Of(RowMotion motion) => new((float)motion.WW, (float)motion.WV, (float)motion.VW, (float)motion.VV);
}
