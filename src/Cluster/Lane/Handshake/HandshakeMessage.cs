// A message of the handshake as bytes.
using System.Buffers.Binary;
using System.Text;

namespace XClassFlow.Cluster.Lane.Handshake;

/// <summary>Prefix of 8 bytes (magic, version, kind, length), then at most <see cref="MaxBody"/> bytes.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Bytes">Prefix and body, for the transcript.</param>
internal sealed record HandshakeMessage(HandshakeKind Kind, byte[] Bytes)
{
    /// <summary>Version of the protocol; another is refused.</summary>
    public const byte Version = 1;

    /// <summary>Longest body.</summary>
    public const int MaxBody = 1024;

    /// <summary>Bytes of a nonce and of a proof.</summary>
    public const int NonceSize = 32;

    private const int Prefix = 8;

    private static ReadOnlySpan<byte> Magic => "XCFL"u8;

    public static byte[] Encode(HandshakeKind kind, Action<BinaryWriter> body)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(Magic);
        writer.Write(Version);
        writer.Write((byte)kind);
        writer.Write((ushort)0);
        body(writer);
        writer.Flush();
        var bytes = stream.ToArray();
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(6), checked((ushort)(bytes.Length - Prefix)));
        return bytes;
    }

    /// <summary>Reads a message from the wire; nothing is allocated before the prefix was checked.</summary>
    /// <exception cref="InvalidDataException">What came is no message of this protocol.</exception>
    /// <exception cref="LaneException">The peer speaks another version.</exception>
    public static async Task<HandshakeMessage> ReadAsync(Stream stream, CancellationToken cancel)
    {
        var prefix = new byte[Prefix];
        await ReadExactlyAsync(stream, prefix, cancel);
        if (!prefix.AsSpan(0, 4).SequenceEqual(Magic))
        {
            throw new InvalidDataException("it does not speak the lane's protocol");
        }

        if (prefix[4] != Version)
        {
            throw new LaneException($"it speaks version {prefix[4]} of the lane's protocol, this node speaks {Version}; run the same build on all nodes");
        }

        var length = BinaryPrimitives.ReadUInt16LittleEndian(prefix.AsSpan(6));
        if (length > MaxBody)
        {
            throw new InvalidDataException($"it announces a handshake message of {length} bytes");
        }

        var bytes = new byte[Prefix + length];
        prefix.CopyTo(bytes, 0);
        await ReadExactlyAsync(stream, bytes.AsMemory(Prefix), cancel);
        return new HandshakeMessage((HandshakeKind)prefix[5], bytes);
    }

    /// <exception cref="InvalidDataException">It is of another kind, or its body does not fit.</exception>
    public T Decode<T>(HandshakeKind expected, Func<BinaryReader, T> read)
    {
        if (Kind != expected)
        {
            throw new InvalidDataException($"it sends handshake message {(int)Kind} in place of {expected}");
        }

        using var stream = new MemoryStream(Bytes, Prefix, Bytes.Length - Prefix, writable: false);
        using var reader = new BinaryReader(stream, Encoding.UTF8);
        try
        {
            var value = read(reader);
            return stream.Position == stream.Length ? value : throw new InvalidDataException($"its {expected} is too long");
        }
        catch (Exception e) when (e is IOException or FormatException or ArgumentException)
        {
            throw new InvalidDataException($"its {expected} is malformed", e);
        }
    }

    public static byte[] ReadNonce(BinaryReader reader)
    {
        var nonce = reader.ReadBytes(NonceSize);
        return nonce.Length == NonceSize ? nonce : throw new EndOfStreamException();
    }

    public static string ReadText(BinaryReader reader, int most)
    {
        var length = reader.Read7BitEncodedInt();
        return length >= 0 && length <= most && reader.ReadBytes(length) is var bytes && bytes.Length == length
            ? Encoding.UTF8.GetString(bytes)
            : throw new FormatException("text too long");
    }

    private static async Task ReadExactlyAsync(Stream stream, Memory<byte> to, CancellationToken cancel)
    {
        try
        {
            await stream.ReadExactlyAsync(to, cancel);
        }
        catch (EndOfStreamException e)
        {
            throw new IOException("it closed the connection within the handshake", e);
        }
    }
}
