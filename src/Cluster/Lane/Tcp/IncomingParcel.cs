// A parcel on its way in.
using XClassFlow.Cluster.Lane.Wire;
using static TorchSharp.torch;

namespace XClassFlow.Cluster.Lane.Tcp;

/// <summary>Newly made memory that is being filled. Owns the tensors until they are handed over.</summary>
internal sealed class IncomingParcel(byte[] head, Tensor[] tensors) : IDisposable
{
    public ParcelMemory Memory { get; } = new(head, tensors);

    /// <summary>Bytes that have arrived and were checked.</summary>
    public long Offset { get; set; }

    public bool Complete => Offset == Memory.Length;

    /// <summary>Hands the memory over.</summary>
    public Parcel ToParcel() => new(head, tensors);

    public void Dispose()
    {
        foreach (var tensor in tensors)
        {
            tensor.Dispose();
        }
    }
}
