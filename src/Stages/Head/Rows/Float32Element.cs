// fp32 storage: nothing to round.
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace XClassFlow.Stages.Head.Rows;

internal readonly unsafe struct Float32Element : IRowElement
{
    public static int Size => sizeof(float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(byte* row, int d) => Vector256.Load((float*)row + d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LoadOne(byte* row, int d) => ((float*)row)[d];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* row, int d, Vector256<float> values, RoundingKey key) => values.Store((float*)row + d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreOne(byte* row, int d, float value, RoundingKey key) => ((float*)row)[d] = value;

    public static void StoreNearest(byte* row, int d, float value) => ((float*)row)[d] = value;
}
