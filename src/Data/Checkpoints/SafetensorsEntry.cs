// One tensor of a safetensors header.
using XClassFlow.Data.Tensors;

namespace XClassFlow.Data.Checkpoints;

/// <summary>Where a tensor lies in a safetensors file, validated.</summary>
/// <param name="Name">Name in the file.</param>
/// <param name="ElementType">Type of the elements.</param>
/// <param name="Shape">Sizes, outermost first; empty for a scalar. Not to be changed.</param>
/// <param name="Begin">First byte, counted from the start of the data section.</param>
/// <param name="ByteLength">Product of the shape times the element size.</param>
public sealed record SafetensorsEntry(string Name, ElementType ElementType, long[] Shape, long Begin, long ByteLength)
{
    /// <summary>Size of the outermost dimension; 1 for a scalar.</summary>
    public long Rows => Shape.Length == 0 ? 1 : Shape[0];

    /// <summary>Bytes of one slice along the outermost dimension; 0 where there are no rows.</summary>
    public long RowBytes => Rows == 0 ? 0 : ByteLength / Rows;
}
