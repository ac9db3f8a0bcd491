// The element types that cross the boundary to files: a small subset of what libtorch knows.
namespace XClassFlow.Data.Tensors;

/// <summary>Type of a tensor's elements, little-endian in memory and in files. Sizes and file names: <see cref="ElementTypes"/>.</summary>
public enum ElementType
{
    Float32,
    Float64,
    Float16,
    BFloat16,
    Int64,
    Int32,
    UInt8,

    /// <summary>One byte an element, 0 or 1.</summary>
    Bool,
}
