// Values in half precision with a common power of two.
namespace XClassFlow.Stages.Sparsification;

/// <summary>x is sent as the half that is nearest to x 2^-e; e brings the largest finite magnitude into [2^14, 2^15), near the upper end of what a half holds.</summary>
internal static class ScaledHalf
{
    /// <summary>Bounds of e: both 2^e and 2^-e are normal numbers.</summary>
    public const int LargestExponent = 113;

    /// <inheritdoc cref="LargestExponent"/>
    public const int SmallestExponent = -112;

    private const int Top = 14;

    /// <summary>e for a list of values.</summary>
    public static int ExponentOf(ReadOnlySpan<float> values)
    {
        var largest = 0u;
        foreach (var value in values)
        {
            var key = Magnitude.KeyOf(value);
            largest = key < Magnitude.Infinity ? Math.Max(largest, key) : largest;
        }

        return Math.Clamp((int)(largest >> 23) - 127 - Top, SmallestExponent, LargestExponent);
    }

    public static Half Encode(float value, int exponent) => (Half)(value * PowerOfTwo(-exponent));

    public static float Decode(Half value, int exponent) => (float)value * PowerOfTwo(exponent);

    private static float PowerOfTwo(int exponent) => BitConverter.Int32BitsToSingle((exponent + 127) << 23);
}
