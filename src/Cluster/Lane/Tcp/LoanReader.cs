// The parcels of a connection that are fetched from the sender's memory.
using XClassFlow.Cluster.Lane.Wire;

namespace XClassFlow.Cluster.Lane.Tcp;

/// <summary>Fetches piece by piece, parcels taking turns. Used by the connection's receiving loop alone.</summary>
/// <param name="incoming">Where the parcels are.</param>
/// <param name="key">Key of the connection in the sender's direction.</param>
internal sealed class LoanReader(ReceiveQueue incoming, ulong key)
{
    /// <summary>Bytes fetched at once: other frames of the connection wait no longer than for them.</summary>
    private const int Piece = 512 * 1024;

    private readonly Queue<(int Stream, IncomingParcel Parcel, long[] Addresses)> _loans = new();
    private PeerMemory? _memory;
    private long _fetched;

    /// <summary>Whether there is something to fetch.</summary>
    public bool HasWork => _loans.Count > 0;

    /// <summary>Bytes fetched so far; any thread may read it.</summary>
    public long Fetched => Volatile.Read(ref _fetched);

    /// <summary>The peer offers its memory.</summary>
    /// <returns>Whether it can be read.</returns>
    /// <exception cref="LaneException">The offer is malformed, or the second one.</exception>
    public bool Try(ReadOnlySpan<byte> offer)
    {
        var memory = LentMemory.ReadOffer(offer, key);
        if (_memory is not null)
        {
            throw new LaneException("a second offer");
        }

        _memory = memory.Proves() ? memory : null;
        return _memory is not null;
    }

    /// <summary>The rest of a parcel is lent.</summary>
    /// <exception cref="LaneException">It cannot be.</exception>
    public void Add(FrameHeader header, ReadOnlySpan<byte> addresses)
    {
        if (_memory is null)
        {
            throw new LaneException($"a loan without an offer that was taken: {header}");
        }

        var parcel = incoming.Lend(header);
        _loans.Enqueue((header.Stream, parcel, parcel.Memory.ReadAddresses(addresses)));
    }

    /// <summary>Fetches the next piece of the parcel whose turn it is.</summary>
    /// <returns>Whether there is something to acknowledge.</returns>
    /// <exception cref="IOException">The memory is lent no more.</exception>
    public bool Fetch()
    {
        var loan = _loans.Dequeue();
        var (here, there, length) = loan.Parcel.Memory.Piece(loan.Parcel.Offset, Piece, loan.Addresses);
        _memory!.Read(there, here, length);
        Volatile.Write(ref _fetched, _fetched + length);
        if (incoming.Advance(loan.Stream, loan.Parcel, length))
        {
            return true;
        }

        _loans.Enqueue(loan);
        return false;
    }
}
