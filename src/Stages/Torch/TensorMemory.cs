// The bytes of a tensor: addresses, spans, and the way to and from the tensor-free blocks of XClassFlow.Data.
using XClassFlow.Data.Tensors;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Torch;

/// <summary>Access to the memory of contiguous CPU tensors. Addresses and spans are valid while the tensor is; callers keep it alive.</summary>
public static unsafe class TensorMemory
{
    // Not tensor.storage<T>(): a storage holds a second handle on the tensor, which only a finalizer frees, and the memory with it.
    private static readonly delegate* unmanaged[Cdecl]<nint, nint> DataOf = (delegate* unmanaged[Cdecl]<nint, nint>)LibTorch.FunctionAddress("THSTensor_data");

    /// <summary>Address of the first element.</summary>
    /// <exception cref="ArgumentException">The tensor is not contiguous or not on the CPU.</exception>
    public static nint AddressOf(Tensor tensor)
    {
        if (!tensor.is_contiguous() || tensor.device_type != TorchSharp.DeviceType.CPU)
        {
            throw new ArgumentException($"a contiguous CPU tensor is needed, not {tensor.device} with strides [{string.Join(", ", tensor.stride())}]");
        }

        if (tensor.numel() == 0)
        {
            return 0;
        }

        var address = DataOf(tensor.Handle);
        GC.KeepAlive(tensor);
        return address;
    }

    /// <summary>The first element of a float32 tensor.</summary>
    /// <exception cref="ArgumentException">It has another type, or is not contiguous or not on the CPU.</exception>
    public static float* FloatsOf(Tensor tensor)
        => tensor.dtype == ScalarType.Float32 ? (float*)AddressOf(tensor) : throw new ArgumentException($"a float32 tensor is needed, not {tensor.dtype}");

    /// <summary>The elements of a tensor of less than 2^31 elements.</summary>
    public static Span<T> SpanOf<T>(Tensor tensor)
        where T : unmanaged
        => new((void*)AddressOf(tensor), checked((int)tensor.numel()));

    /// <summary>A view of a tensor for files; the tensor stays the caller's and must outlive the block.</summary>
    public static TensorBlock BlockOf(string name, Tensor tensor)
        => new(name, TypeOf(tensor.dtype), tensor.shape, AddressOf(tensor), tensor.numel() * tensor.element_size(), tensor);

    /// <summary>A new tensor with a copy of a block's bytes; the caller owns it.</summary>
    public static Tensor CopyOf(TensorBlock block)
    {
        var tensor = empty(block.Shape, TypeOf(block.ElementType));
        var to = (byte*)AddressOf(tensor);
        for (var offset = 0L; offset < block.ByteLength;)
        {
            var chunk = block.Chunk(offset);
            chunk.CopyTo(new Span<byte>(to + offset, chunk.Length));
            offset += chunk.Length;
        }

        return tensor;
    }

    public static ScalarType TypeOf(ElementType type) => type switch
    {
        ElementType.Float32 => ScalarType.Float32,
        ElementType.Float64 => ScalarType.Float64,
        ElementType.Float16 => ScalarType.Float16,
        ElementType.BFloat16 => ScalarType.BFloat16,
        ElementType.Int64 => ScalarType.Int64,
        ElementType.Int32 => ScalarType.Int32,
        ElementType.UInt8 => ScalarType.Byte,
        ElementType.Bool => ScalarType.Bool,
        _ => throw new ArgumentException($"no tensors of type {type}"),
    };

    public static ElementType TypeOf(ScalarType type) => type switch
    {
        ScalarType.Float32 => ElementType.Float32,
        ScalarType.Float64 => ElementType.Float64,
        ScalarType.Float16 => ElementType.Float16,
        ScalarType.BFloat16 => ElementType.BFloat16,
        ScalarType.Int64 => ElementType.Int64,
        ScalarType.Int32 => ElementType.Int32,
        ScalarType.Byte => ElementType.UInt8,
        ScalarType.Bool => ElementType.Bool,
        _ => throw new ArgumentException($"no blocks of type {type}"),
    };
}
