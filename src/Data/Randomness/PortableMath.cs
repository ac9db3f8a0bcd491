// Sine and cosine from additions and multiplications alone.
namespace XClassFlow.Data.Randomness;

/// <summary>
/// The C library's trigonometry differs in the last bit between systems, which would make a sample depend on the node that prepares it. This does not.
/// </summary>
internal static class PortableMath
{
    // 1 / ((2k - 1) 2k) and 1 / (2k (2k + 1)) for k = 1, 2, ...
    private static readonly (double Cos, double Sin)[] Steps = [.. Enumerable.Range(1, 11).Select(k => (1.0 / (((2 * k) - 1) * 2 * k), 1.0 / (2 * k * ((2 * k) + 1))))];

    /// <summary>Sine and cosine of an angle of at most pi either way, exact to a float's rounding.</summary>
    public static (float Sin, float Cos) SinCos(float angle)
    {
        // Taylor series in double: at pi the first term left out is below 1e-8.
        var square = (double)angle * angle;
        double sin = 1, cos = 1;
        for (var k = Steps.Length - 1; k >= 0; k--)
        {
            cos = 1 - (square * cos * Steps[k].Cos);
            sin = 1 - (square * sin * Steps[k].Sin);
        }

        return ((float)(angle * sin), (float)cos);
    }
}
