// Tensors over memory that libtorch did not allocate.
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using XClassFlow.Data.Tensors;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Torch;

/// <summary>
/// Makes tensors over native memory, a mapped file for one, without a copy. TorchSharp's public ways (<c>from_array</c>, <c>frombuffer</c>) take managed arrays only, of less than 2^31
/// elements; this is the native call behind them. The tensor and all that share its memory keep the owner alive: libtorch counts.
/// </summary>
internal static unsafe class ForeignMemory
{
    private static readonly delegate* unmanaged[Cdecl]<nint, delegate* unmanaged[Cdecl]<nint, void>, long*, int, sbyte, sbyte, int, int, byte, nint> New =
        (delegate* unmanaged[Cdecl]<nint, delegate* unmanaged[Cdecl]<nint, void>, long*, int, sbyte, sbyte, int, int, byte, nint>)LibTorch.FunctionAddress("THSTensor_new");

    // By the address of the tensor's first element: what its last handle releases.
    private static readonly ConcurrentDictionary<nint, IDisposable> Owners = new();

    /// <summary>Zeros outside the managed heap; pages that nobody touches cost no memory.</summary>
    /// <param name="type">Type of the elements.</param>
    /// <param name="shape">Shape; may have a size 0.</param>
    /// <returns>The caller owns it.</returns>
    public static Tensor Zeros(ElementType type, params ReadOnlySpan<long> shape)
    {
        type.TryByteLength(shape, out var bytes);
        if (bytes == 0)
        {
            return zeros(shape.ToArray(), TensorMemory.TypeOf(type)).DetachFromDisposeScope();
        }

        var block = new AnonymousMemory(bytes);
        return Over(block, block.Address, type, shape);
    }

    /// <summary>A tensor over memory of an owner, which it takes over: the owner is disposed with the last tensor that shares the memory, on that one's thread.</summary>
    /// <param name="owner">Keeps the memory; of no other tensor.</param>
    /// <param name="address">First element, aligned to its size.</param>
    /// <param name="type">Type of the elements.</param>
    /// <param name="shape">Shape; no size is 0.</param>
    public static Tensor Over(IDisposable owner, nint address, ElementType type, params ReadOnlySpan<long> shape)
    {
        if (!Owners.TryAdd(address, owner))
        {
            throw new InvalidOperationException("there is a tensor over this memory already");
        }

        var scalar = (sbyte)TensorMemory.TypeOf(type);
        nint handle;
        fixed (long* sizes = shape)
        {
            handle = New(address, &Release, sizes, shape.Length, scalar, scalar, 0, -1, 0);
        }

        if (handle == 0)
        {
            Owners.TryRemove(address, out _);
            owner.Dispose();
            throw new InvalidOperationException($"libtorch makes no tensor of {type} [{string.Join(", ", shape.ToArray())}] over this memory");
        }

        return Tensor.UnsafeCreateTensor(handle).DetachFromDisposeScope();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Release(nint address)
    {
        if (Owners.TryRemove(address, out var owner))
        {
            owner.Dispose();
        }
    }
}
