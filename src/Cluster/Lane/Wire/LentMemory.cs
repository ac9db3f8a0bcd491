// The lending side of a connection between two processes of one machine: what shows the peer that this is the process it talks to.
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace XClassFlow.Cluster.Lane.Wire;

/// <summary>Holds the connection's key in memory of its own for as long as parcels may be read. See <see cref="PeerMemory"/>.</summary>
internal sealed unsafe class LentMemory : IDisposable
{
    /// <summary>Bytes of an offer.</summary>
    public const int OfferSize = 12;

    private ulong* _proof;

    /// <param name="key">Key of the connection in the lender's direction.</param>
    public LentMemory(ulong key)
    {
        _proof = (ulong*)NativeMemory.AlignedAlloc(64, 64);
        Volatile.Write(ref *_proof, key);
    }

    /// <summary>Says where the key stands: number of this process (4), address (8).</summary>
    public void WriteOffer(Span<byte> to)
    {
        BinaryPrimitives.WriteInt32LittleEndian(to, Environment.ProcessId);
        BinaryPrimitives.WriteInt64LittleEndian(to[4..], (long)_proof);
    }

    /// <exception cref="LaneException">It is no offer.</exception>
    public static PeerMemory ReadOffer(ReadOnlySpan<byte> from, ulong key)
        => from.Length == OfferSize
            ? new PeerMemory(BinaryPrimitives.ReadInt32LittleEndian(from), BinaryPrimitives.ReadInt64LittleEndian(from[4..]), key)
            : throw new LaneException($"an offer of {from.Length} bytes");

    /// <summary>Nothing is lent any more: call before anything that was lent is freed.</summary>
    public void Dispose()
    {
        if (_proof == null)
        {
            return;
        }

        Volatile.Write(ref *_proof, 0);
        Interlocked.MemoryBarrier();
        NativeMemory.AlignedFree(_proof);
        _proof = null;
    }
}
