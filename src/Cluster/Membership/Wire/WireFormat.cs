// The bytes of a control message: strictly typed JSON, compressed where it is long.
using System.IO.Compression;
using System.Runtime.Serialization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace XClassFlow.Cluster.Membership.Wire;

/// <summary>
/// One byte that says whether gzip follows, then UTF-8 JSON of exactly the type that the manifest names: no type names inside, no unknown members, no missing ones.
/// </summary>
internal static class WireFormat
{
    /// <summary>Largest message in bytes. Akka.Remote drops frames over 128,000 bytes without a word to the sender; a seal and an envelope come on top.</summary>
    public const int Largest = 120_000;

    /// <summary>Largest JSON text; bounds what a small compressed message can grow to.</summary>
    public const int LargestText = 4 << 20;

    private const int CompressFrom = 2_048;
    private const byte Plain = 0;
    private const byte Zipped = 1;

    private static readonly JsonSerializerOptions Options = new()
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        AllowDuplicateProperties = false,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        IgnoreReadOnlyProperties = true,
        MaxDepth = 16,
    };

    /// <exception cref="SerializationException">The message is larger than may cross; it must be split or shortened.</exception>
    public static byte[] Write(object message)
    {
        var type = message.GetType();
        var manifest = WireManifests.NameOf(type);
        var text = JsonSerializer.SerializeToUtf8Bytes(message, type, Options);
        using var bytes = new MemoryStream();
        if (text.Length < CompressFrom)
        {
            bytes.WriteByte(Plain);
            bytes.Write(text);
        }
        else
        {
            bytes.WriteByte(Zipped);
            using var zip = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true);
            zip.Write(text);
        }

        return bytes.Length <= Largest && text.Length <= LargestText
            ? bytes.ToArray()
            : throw new SerializationException($"a control message {manifest} of {bytes.Length} bytes is larger than the {Largest} that may cross between nodes; shorten the configuration or the names in it");
    }

    /// <exception cref="SerializationException">The bytes are no such message.</exception>
    public static object Read(byte[] bytes, string manifest)
    {
        var type = WireManifests.TypeOf(manifest);
        if (bytes.Length is < 2 or > Largest)
        {
            throw new SerializationException($"a control message {manifest} of {bytes.Length} bytes");
        }

        try
        {
            var message = JsonSerializer.Deserialize(Text(bytes), type, Options) as IWireMessage ?? throw new FormatException("null");
            message.Check();
            return message;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidDataException or NotSupportedException or ArgumentException or InvalidOperationException or OverflowException)
        {
            throw new SerializationException($"a control message {manifest} that cannot be read: {e.Message}", e);
        }
    }

    private static ReadOnlySpan<byte> Text(byte[] bytes)
    {
        switch (bytes[0])
        {
            case Plain:
                return bytes.AsSpan(1);
            case Zipped:
                using (var zip = new GZipStream(new MemoryStream(bytes, 1, bytes.Length - 1), CompressionMode.Decompress))
                {
                    // One byte more than allowed tells a message that is too large from one that just fits.
                    var text = new byte[Math.Min(LargestText + 1, 64 * bytes.Length)];
                    var read = 0;
                    int more;
                    while ((more = zip.Read(text, read, text.Length - read)) > 0)
                    {
                        read += more;
                        if (read > LargestText)
                        {
                            throw new FormatException("it unpacks to more than a message may hold");
                        }

                        if (read == text.Length)
                        {
                            Array.Resize(ref text, Math.Min(LargestText + 1, 2 * text.Length));
                        }
                    }

                    return text.AsSpan(0, read);
                }

            default:
                throw new FormatException($"unknown encoding {bytes[0]}");
        }
    }
}
