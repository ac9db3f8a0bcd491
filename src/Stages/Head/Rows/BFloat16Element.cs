// bf16 storage: the upper half of a float, rounded stochastically when it is learned.
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace XClassFlow.Stages.Head.Rows;

/// <summary>
/// With 8 bits of mantissa an update smaller than 1/512 of a weight would be lost by rounding to nearest, step after step. Stochastic rounding goes up with the probability of the
/// part that is cut off, so the expected value is exact (Gupta et al., "Deep learning with limited numerical precision", ICML 2015).
/// </summary>
internal readonly unsafe struct BFloat16Element : IRowElement
{
    private const uint QuietNaN = 0x7FC0;

    public static int Size => sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(byte* row, int d)
    {
        var halves = Vector128.Load((ushort*)row + d);
        return (Vector256.WidenLower(halves.ToVector256Unsafe()) << 16).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LoadOne(byte* row, int d) => BitConverter.UInt32BitsToSingle((uint)((ushort*)row)[d] << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* row, int d, Vector256<float> values, RoundingKey key)
    {
        var rounded = (values.AsUInt32() + key.Next(d)) >> 16;
        rounded = Vector256.ConditionalSelect(Vector256.IsNaN(values).AsUInt32(), Vector256.Create(QuietNaN), rounded);
        Vector256.Narrow(rounded, rounded).GetLower().Store((ushort*)row + d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreOne(byte* row, int d, float value, RoundingKey key)
        => ((ushort*)row)[d] = float.IsNaN(value) ? (ushort)QuietNaN : (ushort)((BitConverter.SingleToUInt32Bits(value) + key.NextOne(d)) >> 16);

    public static void StoreNearest(byte* row, int d, float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        ((ushort*)row)[d] = float.IsNaN(value) ? (ushort)QuietNaN : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
