// Puts a keyed hash on every message of a serializer and refuses messages without the right one.
using System.Runtime.Serialization;
using System.Security.Cryptography;
using System.Text;
using Akka.Actor;
using Akka.Serialization;
using Akka.Util;

namespace XClassFlow.Cluster.Security;

/// <summary>
/// Wraps one of Akka's serializers or ours under the same number. HMAC-SHA256 over number, manifest and payload goes in front of the payload; without a secret nothing does
/// (then TLS, or loopback, is what keeps strangers out). Whatever goes wrong while reading is a <see cref="SerializationException"/>, which costs the sender the
/// message and not us the connection.
/// </summary>
internal sealed class SealedSerializer : SerializerWithStringManifest
{
    private readonly Serializer _inner;
    private readonly byte[]? _key;

    /// <param name="system">The system.</param>
    /// <param name="inner">What does the work.</param>
    /// <param name="key">The key of the seals; null: none.</param>
    public SealedSerializer(ExtendedActorSystem system, Serializer inner, byte[]? key)
        : base(system)
    {
        _inner = inner;
        _key = key;
    }

    public override int Identifier => _inner.Identifier;

    public override string Manifest(object o) => _inner switch
    {
        SerializerWithStringManifest named => named.Manifest(o),
        { IncludeManifest: true } => o.GetType().TypeQualifiedName(),
        _ => "",
    };

    public override byte[] ToBinary(object obj)
    {
        var payload = _inner.ToBinary(obj);
        if (_key is null)
        {
            return payload;
        }

        var bytes = new byte[HMACSHA256.HashSizeInBytes + payload.Length];
        payload.CopyTo(bytes, HMACSHA256.HashSizeInBytes);
        Seal(Manifest(obj), payload, bytes);
        return bytes;
    }

    public override object FromBinary(byte[] bytes, string manifest)
    {
        // Akka hands an empty one on as null.
        manifest ??= "";
        try
        {
            var payload = _key is null ? bytes : Open(bytes, manifest);
            return _inner switch
            {
                SerializerWithStringManifest named => named.FromBinary(payload, manifest),
                _ when manifest.Length == 0 => _inner.FromBinary(payload, null!),
                _ => _inner.FromBinary(payload, Type.GetType(manifest) ?? throw new SerializationException("unknown type")),
            };
        }
        catch (Exception e) when (e is not SerializationException and not OutOfMemoryException)
        {
            throw new SerializationException($"a message for serializer {Identifier} cannot be read: {e.Message}", e);
        }
    }

    private byte[] Open(byte[] bytes, string manifest)
    {
        if (bytes.Length < HMACSHA256.HashSizeInBytes)
        {
            throw new SerializationException("a message without a seal; all nodes need the same security.secret");
        }

        var payload = bytes[HMACSHA256.HashSizeInBytes..];
        Span<byte> seal = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Seal(manifest, payload, seal);
        return CryptographicOperations.FixedTimeEquals(seal, bytes.AsSpan(0, HMACSHA256.HashSizeInBytes))
            ? payload
            : throw new SerializationException("a message with a wrong seal; all nodes need the same security.secret");
    }

    private void Seal(string manifest, byte[] payload, Span<byte> seal)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key!);
        var name = Encoding.UTF8.GetBytes(manifest);
        Span<byte> head = stackalloc byte[8];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(head, Identifier);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(head[4..], name.Length);
        hash.AppendData(head);
        hash.AppendData(name);
        hash.AppendData(payload);
        hash.GetHashAndReset(seal);
    }
}
