// The bytes of a parcel as one sequence: the head, then every tensor.
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Cluster.Lane.Wire;

/// <summary>Addresses pieces of a parcel. Does not own it: valid while the parcel is.</summary>
internal sealed class ParcelMemory
{
    private readonly Memory<byte> _head;
    private readonly nint[] _addresses;
    private readonly long[] _ends;

    /// <exception cref="ArgumentException">A tensor is not contiguous or not on the CPU.</exception>
    public ParcelMemory(ReadOnlyMemory<byte> head, IReadOnlyList<Tensor> tensors)
    {
        // Only a receiver writes, and into a head that it has made.
        _head = System.Runtime.InteropServices.MemoryMarshal.AsMemory(head);
        _addresses = new nint[tensors.Count];
        _ends = new long[tensors.Count];
        Length = head.Length;
        for (var i = 0; i < _addresses.Length; i++)
        {
            _addresses[i] = TensorMemory.AddressOf(tensors[i]);
            Length += tensors[i].numel() * tensors[i].element_size();
            _ends[i] = Length;
        }
    }

    /// <summary>Bytes in all.</summary>
    public long Length { get; }

    /// <summary>The longest piece from an offset on that lies in one part and is not longer than <paramref name="limit"/> and <see cref="FrameChecksum.Piece"/>.</summary>
    public Memory<byte> Piece(long offset, long limit, NativeWindow window)
    {
        limit = Math.Min(limit, FrameChecksum.Piece);
        if (offset < _head.Length)
        {
            return _head.Slice((int)offset, (int)Math.Min(limit, _head.Length - offset));
        }

        // Empty tensors end where they begin and are skipped, as an end is the first offset behind a tensor.
        var at = Array.BinarySearch(_ends, offset + 1);
        at = at >= 0 ? FirstWithEnd(at) : ~at;
        var start = at == 0 ? _head.Length : _ends[at - 1];
        return window.Move(_addresses[at] + (nint)(offset - start), (int)Math.Min(limit, _ends[at] - offset));
    }

    private int FirstWithEnd(int at)
    {
        while (at > 0 && _ends[at - 1] == _ends[at])
        {
            at--;
        }

        return at;
    }
}
