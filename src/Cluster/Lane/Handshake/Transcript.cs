// What both sides of a handshake have said, and what follows from it and the secret.
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace XClassFlow.Cluster.Lane.Handshake;

/// <summary>
/// Proofs are HMAC-SHA256 under the shared secret over hello and challenge, which hold a fresh nonce of each side: a recorded proof fits no other handshake, and
/// the labels keep one side's proof from serving as the other's. Without a secret the proofs are of an empty one and prove nothing.
/// </summary>
/// <param name="secret">The shared secret; empty: none.</param>
/// <param name="hello">The whole first message.</param>
/// <param name="challenge">The whole second message.</param>
internal sealed class Transcript(byte[] secret, byte[] hello, byte[] challenge)
{
    /// <summary>Proof of the connecting side.</summary>
    public byte[] ClientProof() => Derive("xclassflow lane: connecting side"u8, []);

    /// <summary>Proof of the accepting side; covers the number of its lane.</summary>
    public byte[] ServerProof(ulong instance)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, instance);
        return Derive("xclassflow lane: accepting side"u8, bytes);
    }

    /// <summary>Keys of the frames' checksums, from the connecting side and from the accepting side.</summary>
    public (ulong Client, ulong Server) FrameKeys()
    {
        var bytes = Derive("xclassflow lane: keys"u8, []);
        return (BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(8)));
    }

    private byte[] Derive(ReadOnlySpan<byte> label, ReadOnlySpan<byte> more)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret);
        hmac.AppendData(label);
        hmac.AppendData(hello);
        hmac.AppendData(challenge);
        hmac.AppendData(more);
        return hmac.GetHashAndReset();
    }
}
