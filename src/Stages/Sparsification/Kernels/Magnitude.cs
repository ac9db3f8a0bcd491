// The order in which values are selected: by magnitude, as integers.
namespace XClassFlow.Stages.Sparsification;

/// <summary>
/// The bits of |x| as an unsigned number order as |x| does, with infinities above all numbers and NaN above them: a NaN is always selected, so that a run that diverges shows it
/// as it does without sparsification. Zeros of both signs are equal.
/// </summary>
internal static class Magnitude
{
    /// <summary>All bits but the sign.</summary>
    public const uint Mask = 0x7fff_ffff;

    /// <summary>Bits of a key.</summary>
    public const int Bits = 31;

    /// <summary>Keys from here on are infinite or not numbers.</summary>
    public const uint Infinity = 0x7f80_0000;

    public static uint KeyOf(float value) => BitConverter.SingleToUInt32Bits(value) & Mask;
}
