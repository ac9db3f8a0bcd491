// A named dense tensor as bytes: the common currency of checkpoints and recordings, free of any tensor library.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace XClassFlow.Data.Tensors;

/// <summary>
/// Name, type, shape and bytes of a dense, row-major tensor. The bytes lie in native memory (an address, of any size) or in a managed array.
/// A block never owns native memory: <see cref="Owner"/> is only kept reachable, and whoever disposes the owner must be done with the block.
/// </summary>
public sealed unsafe class TensorBlock
{
    /// <summary>The largest span that <see cref="Chunk"/> gives, in bytes.</summary>
    public const int MaxChunkBytes = 64 << 20;

    private readonly Array? _array;

    /// <summary>A view of native memory.</summary>
    /// <param name="name">Name in files; unique within one file or message.</param>
    /// <param name="type">Type of the elements.</param>
    /// <param name="shape">Sizes, outermost first; empty for a scalar. Copied.</param>
    /// <param name="address">First byte; any value where <paramref name="byteLength"/> is 0.</param>
    /// <param name="byteLength">Product of the shape times the element size.</param>
    /// <param name="owner">What keeps the memory alive (a tensor, a mapping); null where the caller sees to it.</param>
    /// <exception cref="ArgumentException">The length does not fit the shape, or the address is null.</exception>
    public TensorBlock(string name, ElementType type, ReadOnlySpan<long> shape, nint address, long byteLength, object? owner = null)
        : this(name, type, shape, byteLength)
    {
        if (address == 0 && byteLength > 0)
        {
            throw new ArgumentException($"tensor '{name}' has no address", nameof(address));
        }

        Address = address;
        Owner = owner;
    }

    private TensorBlock(string name, ElementType type, ReadOnlySpan<long> shape, long byteLength)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!type.TryByteLength(shape, out var expected) || expected != byteLength)
        {
            throw new ArgumentException($"tensor '{name}': {byteLength} bytes do not fit {type} [{string.Join(", ", shape.ToArray())}]", nameof(byteLength));
        }

        Name = name;
        ElementType = type;
        Shape = shape.ToArray();
        ByteLength = byteLength;
    }

    private TensorBlock(string name, ElementType type, ReadOnlySpan<long> shape, Array array, long byteLength)
        : this(name, type, shape, byteLength) => (_array, Owner) = (array, array);

    public string Name { get; }

    public ElementType ElementType { get; }

    /// <summary>Sizes, outermost first; empty for a scalar. Not to be changed.</summary>
    public long[] Shape { get; }

    /// <summary>First byte of native memory; 0 where the bytes lie in a managed array.</summary>
    public nint Address { get; }

    public long ByteLength { get; }

    /// <summary>Kept reachable by this block, never disposed by it.</summary>
    public object? Owner { get; }

    /// <summary>A view of a managed array (not copied): elements of the type's size, or its raw bytes.</summary>
    /// <exception cref="ArgumentException">The array's length or element size does not fit.</exception>
    public static TensorBlock FromArray<T>(string name, ElementType type, ReadOnlySpan<long> shape, T[] values)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(values);
        if (sizeof(T) != type.Size() && sizeof(T) != 1)
        {
            throw new ArgumentException($"tensor '{name}': elements of {sizeof(T)} bytes are not {type}", nameof(values));
        }

        return new TensorBlock(name, type, shape, values, values.LongLength * sizeof(T));
    }

    /// <summary>The bytes from an offset on, at most <see cref="MaxChunkBytes"/>; empty at the end. The caller keeps this block reachable while using the span.</summary>
    public ReadOnlySpan<byte> Chunk(long offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, ByteLength);
        var length = (int)Math.Min(MaxChunkBytes, ByteLength - offset);
        return _array is null
            ? new ReadOnlySpan<byte>((byte*)Address + offset, length)
            : MemoryMarshal.CreateReadOnlySpan(ref Unsafe.AddByteOffset(ref MemoryMarshal.GetArrayDataReference(_array), (nint)offset), length);
    }

    /// <summary>Writes all bytes, chunk by chunk.</summary>
    public void WriteTo(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        for (long offset = 0; offset < ByteLength; offset += MaxChunkBytes)
        {
            stream.Write(Chunk(offset));
        }

        GC.KeepAlive(this);
    }

    /// <summary>Copies all bytes to native memory of the same length.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public void CopyTo(nint destination, long destinationByteLength)
    {
        if (destinationByteLength != ByteLength)
        {
            throw new ArgumentException($"tensor '{Name}' has {ByteLength} bytes, the destination {destinationByteLength}", nameof(destinationByteLength));
        }

        for (long offset = 0; offset < ByteLength; offset += MaxChunkBytes)
        {
            var chunk = Chunk(offset);
            chunk.CopyTo(new Span<byte>((byte*)destination + offset, chunk.Length));
        }

        GC.KeepAlive(this);
    }

    /// <summary>A managed copy of the elements; for small tensors (less than 2^31 elements).</summary>
    /// <exception cref="ArgumentException">T has neither the type's size nor one byte.</exception>
    public T[] ToArray<T>()
        where T : unmanaged
    {
        if (sizeof(T) != ElementType.Size() && sizeof(T) != 1)
        {
            throw new ArgumentException($"tensor '{Name}': {ElementType} is not made of {typeof(T).Name}", nameof(T));
        }

        var values = new T[ByteLength / sizeof(T)];
        fixed (T* first = values)
        {
            CopyTo((nint)first, ByteLength);
        }

        return values;
    }
}
