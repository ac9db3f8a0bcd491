// The bytes of a parcel as one sequence: the head, then every tensor.
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Cluster.Lane.Wire;

/// <summary>Addresses pieces of a parcel. Does not own it: valid while the parcel is.</summary>
internal sealed class ParcelMemory
{
    /// <summary>Below this, copying through a socket is as quick as two calls.</summary>
    private const int SmallestLoan = 16 * 1024;

    private readonly Memory<byte> _head;
    private readonly nint[] _addresses;
    private readonly long[] _ends;

    /// <exception cref="ArgumentException">A tensor is not contiguous or not on the CPU.</exception>
    public ParcelMemory(ReadOnlyMemory<byte> head, IReadOnlyList<Tensor> tensors)
    {
        // Only a receiver writes, and into a head that it has made.
        _head = MemoryMarshal.AsMemory(head);
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

    /// <summary>Bytes before the first tensor's.</summary>
    public int HeadLength => _head.Length;

    /// <summary>Whether the tensors are better read by the receiver itself, where it can.</summary>
    public bool WorthLending => Length - _head.Length >= SmallestLoan;

    /// <summary>The address of every tensor, 8 bytes each, for another process that is going to read there.</summary>
    public ReadOnlyMemory<byte> Addresses()
    {
        var bytes = new byte[8 * _addresses.Length];
        for (var i = 0; i < _addresses.Length; i++)
        {
            GatheredPages.Shared.Gather(_addresses[i], _ends[i] - (i == 0 ? _head.Length : _ends[i - 1]));
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8 * i), _addresses[i]);
        }

        return bytes;
    }

    /// <summary>A piece of the tensors, here and in a process that has the same parcel at other addresses.</summary>
    /// <param name="offset">Where it begins, not in the head.</param>
    /// <param name="limit">Most bytes.</param>
    /// <param name="there">The other process's addresses.</param>
    public (nint Here, long There, int Length) Piece(long offset, int limit, ReadOnlySpan<long> there)
    {
        var (at, start) = TensorAt(offset);
        return (_addresses[at] + (nint)(offset - start), there[at] + (offset - start), (int)Math.Min(limit, _ends[at] - offset));
    }

    /// <summary>Reads <see cref="Addresses"/> of the same parcel elsewhere.</summary>
    /// <exception cref="LaneException">They are not as many as this parcel has tensors.</exception>
    public long[] ReadAddresses(ReadOnlySpan<byte> from)
    {
        if (from.Length != 8 * _addresses.Length)
        {
            throw new LaneException($"{from.Length} bytes of addresses for a parcel of {_addresses.Length} tensors");
        }

        return MemoryMarshal.Cast<byte, long>(from).ToArray();
    }

    /// <summary>The longest piece from an offset on that lies in one part and is not longer than <paramref name="limit"/> and <see cref="FrameChecksum.Piece"/>.</summary>
    public Memory<byte> Piece(long offset, long limit, NativeWindow window)
    {
        limit = Math.Min(limit, FrameChecksum.Piece);
        if (offset < _head.Length)
        {
            return _head.Slice((int)offset, (int)Math.Min(limit, _head.Length - offset));
        }

        var (at, start) = TensorAt(offset);
        return window.Move(_addresses[at] + (nint)(offset - start), (int)Math.Min(limit, _ends[at] - offset));
    }

    private (int Tensor, long Start) TensorAt(long offset)
    {
        // Empty tensors end where they begin and are skipped, as an end is the first offset behind a tensor.
        var at = Array.BinarySearch(_ends, offset + 1);
        at = at >= 0 ? FirstWithEnd(at) : ~at;
        return (at, at == 0 ? _head.Length : _ends[at - 1]);
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
