// Finds values that are no numbers, or infinite, at the speed of memory.
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace XClassFlow.Data.Tensors;

/// <summary>Looks at the exponent alone: all ones means NaN or infinity, in every type of IEEE 754 and in bfloat16.</summary>
public static class FiniteValues
{
    private const uint Exponent32 = 0x7F80_0000;
    private const ushort ExponentBFloat16 = 0x7F80;
    private const ushort Exponent16 = 0x7C00;
    private const ulong Exponent64 = 0x7FF0_0000_0000_0000;

    /// <summary>Index of the first element that is NaN or infinite; -1 where there is none. Integers are always numbers.</summary>
    /// <param name="block">Borrowed for the call.</param>
    public static long FirstNotIn(TensorBlock block)
    {
        ArgumentNullException.ThrowIfNull(block);
        for (var offset = 0L; offset < block.ByteLength;)
        {
            var chunk = block.Chunk(offset);
            if (FirstNotIn(chunk, block.ElementType) is var found and >= 0)
            {
                return (offset / block.ElementType.Size()) + found;
            }

            offset += chunk.Length;
        }

        return -1;
    }

    /// <summary>The same of the bytes of whole elements.</summary>
    public static int FirstNotIn(ReadOnlySpan<byte> bytes, ElementType type) => type switch
    {
        ElementType.Float32 => First(MemoryMarshal.Cast<byte, uint>(bytes), Exponent32),
        ElementType.BFloat16 => First(MemoryMarshal.Cast<byte, ushort>(bytes), ExponentBFloat16),
        ElementType.Float16 => First(MemoryMarshal.Cast<byte, ushort>(bytes), Exponent16),
        ElementType.Float64 => First(MemoryMarshal.Cast<byte, ulong>(bytes), Exponent64),
        _ => -1,
    };

    private static int First<T>(ReadOnlySpan<T> bits, T exponent)
        where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        var mask = Vector256.Create(exponent);
        var i = 0;
        for (; i <= bits.Length - Vector256<T>.Count; i += Vector256<T>.Count)
        {
            if (Vector256.EqualsAny(Vector256.Create(bits[i..]) & mask, mask))
            {
                break;
            }
        }

        for (; i < bits.Length; i++)
        {
            if ((bits[i] & exponent) == exponent)
            {
                return i;
            }
        }

        return -1;
    }
}
