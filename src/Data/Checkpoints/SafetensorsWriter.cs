// Writes tensors in the safetensors format, in chunks, of any size.
using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using XClassFlow.Data.Tensors;

namespace XClassFlow.Data.Checkpoints;

/// <summary>
/// The safetensors format: header length (8 bytes, little-endian), JSON header, data. As in the reference implementation the tensors are laid
/// out by falling element size, then by name, so that every tensor is aligned to its elements; the header is padded with
/// spaces until the data start on a multiple of 64 bytes. Source: https://github.com/huggingface/safetensors, section Format.
/// </summary>
public static class SafetensorsWriter
{
    /// <summary>The data section starts on a multiple of this many bytes.</summary>
    public const int Alignment = 64;

    /// <summary>Readers of the format, this one included, refuse longer headers.</summary>
    public const int MaxHeaderBytes = 100_000_000;

    internal const string MetadataKey = "__metadata__";

    /// <summary>Length of the file that <see cref="Write"/> makes, in bytes.</summary>
    /// <exception cref="ArgumentException">See <see cref="Write"/>.</exception>
    public static long Measure(IReadOnlyDictionary<string, string>? metadata, IReadOnlyList<TensorBlock> tensors) =>
        Header(metadata, tensors, out _).Length + tensors.Sum(tensor => tensor.ByteLength);

    /// <summary>Writes one file to a stream. The blocks are borrowed until the call returns.</summary>
    /// <param name="stream">Receives the whole file, from its current position.</param>
    /// <param name="metadata">Free strings; null or empty writes none.</param>
    /// <param name="tensors">Any order; names must differ.</param>
    /// <exception cref="ArgumentException">A name occurs twice or is reserved, or the header grows beyond <see cref="MaxHeaderBytes"/>.</exception>
    public static void Write(Stream stream, IReadOnlyDictionary<string, string>? metadata, IReadOnlyList<TensorBlock> tensors)
    {
        ArgumentNullException.ThrowIfNull(stream);
        stream.Write(Header(metadata, tensors, out var ordered));
        foreach (var tensor in ordered)
        {
            tensor.WriteTo(stream);
        }
    }

    private static ReadOnlySpan<byte> Header(IReadOnlyDictionary<string, string>? metadata, IReadOnlyList<TensorBlock> tensors, out IEnumerable<TensorBlock> ordered)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ordered = tensors.OrderByDescending(tensor => tensor.ElementType.Size()).ThenBy(tensor => tensor.Name, StringComparer.Ordinal);
        var buffer = new ArrayBufferWriter<byte>();
        buffer.Write(stackalloc byte[sizeof(long)]);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            WriteMetadata(json, metadata);
            WriteEntries(json, ordered);
            json.WriteEndObject();
        }

        var padding = -buffer.WrittenCount & (Alignment - 1);
        buffer.GetSpan(padding)[..padding].Fill((byte)' ');
        buffer.Advance(padding);
        if (buffer.WrittenCount - sizeof(long) > MaxHeaderBytes)
        {
            throw new ArgumentException($"{tensors.Count} tensors need a header of {buffer.WrittenCount} bytes, more than {MaxHeaderBytes}", nameof(tensors));
        }

        var header = buffer.WrittenSpan.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(header, header.Length - sizeof(long));
        return header;
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string>? metadata)
    {
        if (metadata is not { Count: > 0 })
        {
            return;
        }

        json.WriteStartObject(MetadataKey);
        foreach (var (key, value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    private static void WriteEntries(Utf8JsonWriter json, IEnumerable<TensorBlock> ordered)
    {
        var names = new HashSet<string> { MetadataKey };
        long begin = 0;
        foreach (var tensor in ordered)
        {
            if (!names.Add(tensor.Name))
            {
                throw new ArgumentException($"tensor name '{tensor.Name}' occurs twice or is reserved", nameof(ordered));
            }

            json.WriteStartObject(tensor.Name);
            json.WriteString("dtype", tensor.ElementType.FileName());
            json.WriteStartArray("shape");
            foreach (var size in tensor.Shape)
            {
                json.WriteNumberValue(size);
            }

            json.WriteEndArray();
            json.WriteStartArray("data_offsets");
            json.WriteNumberValue(begin);
            json.WriteNumberValue(begin += tensor.ByteLength);
            json.WriteEndArray();
            json.WriteEndObject();
        }
    }
}
