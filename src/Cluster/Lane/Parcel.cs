// What crosses the tensor lane: a small head of bytes and native tensors.
using static TorchSharp.torch;

namespace XClassFlow.Cluster.Lane;

/// <summary>
/// A parcel. Whoever holds it owns its tensors. A sender must not write into them afterwards: they are read until the receiver has acknowledged.
/// </summary>
/// <param name="head">Bytes with a meaning only for sender and receiver; at most <see cref="MaxHead"/>.</param>
/// <param name="tensors">Contiguous CPU tensors of any supported type, also empty ones; detached from every dispose scope.</param>
public sealed class Parcel(ReadOnlyMemory<byte> head, IReadOnlyList<Tensor> tensors) : IDisposable
{
    /// <summary>Largest head in bytes.</summary>
    public const int MaxHead = 1 << 20;

    public ReadOnlyMemory<byte> Head { get; } = head;

    public IReadOnlyList<Tensor> Tensors { get; } = tensors;

    /// <summary>Bytes of head and tensors.</summary>
    public long ByteLength => Head.Length + Tensors.Sum(t => t.numel() * t.element_size());

    public void Dispose()
    {
        foreach (var tensor in Tensors)
        {
            tensor.Dispose();
        }
    }
}
