// Sizes and file names of element types, and the arithmetic of shapes.
using System.Diagnostics.CodeAnalysis;

namespace XClassFlow.Data.Tensors;

/// <summary>What an <see cref="ElementType"/> means in bytes and in files.</summary>
public static class ElementTypes
{
    /// <summary>Bytes of one element.</summary>
    public static int Size(this ElementType type) => type switch
    {
        ElementType.Float64 or ElementType.Int64 => 8,
        ElementType.Float32 or ElementType.Int32 => 4,
        ElementType.Float16 or ElementType.BFloat16 => 2,
        ElementType.UInt8 or ElementType.Bool => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not an element type"),
    };

    /// <summary>The name in safetensors headers and in recordings, e.g. "F32".</summary>
    public static string FileName(this ElementType type) => type switch
    {
        ElementType.Float32 => "F32",
        ElementType.Float64 => "F64",
        ElementType.Float16 => "F16",
        ElementType.BFloat16 => "BF16",
        ElementType.Int64 => "I64",
        ElementType.Int32 => "I32",
        ElementType.UInt8 => "U8",
        ElementType.Bool => "BOOL",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not an element type"),
    };

    /// <summary>The type of a file name such as "BF16"; false where there is none.</summary>
    public static bool TryParse([NotNullWhen(true)] string? fileName, out ElementType type)
    {
        foreach (var candidate in Enum.GetValues<ElementType>())
        {
            if (candidate.FileName() == fileName)
            {
                type = candidate;
                return true;
            }
        }

        type = default;
        return false;
    }

    /// <summary>Bytes of a dense tensor of a shape; an empty shape is a scalar. False where a size is negative or the product exceeds 2^63.</summary>
    public static bool TryByteLength(this ElementType type, ReadOnlySpan<long> shape, out long byteLength)
    {
        UInt128 product = (uint)type.Size();
        byteLength = 0;
        var empty = false;
        foreach (var size in shape)
        {
            if (size < 0)
            {
                return false;
            }

            empty |= size == 0;
            product *= size == 0 ? 1 : (ulong)size;
            if (product > long.MaxValue)
            {
                return false;
            }
        }

        byteLength = empty ? 0 : (long)product;
        return true;
    }
}
