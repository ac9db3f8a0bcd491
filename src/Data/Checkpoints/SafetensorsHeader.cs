// Parses and validates the JSON header of a safetensors file.
using System.Text.Json;
using System.Text.Unicode;
using XClassFlow.Data.Tensors;

namespace XClassFlow.Data.Checkpoints;

/// <summary>The validated header: every tensor inside the data section, no gap, no overlap, no name twice.</summary>
internal sealed record SafetensorsHeader(IReadOnlyDictionary<string, string> Metadata, IReadOnlyDictionary<string, SafetensorsEntry> Entries)
{
    /// <exception cref="UserErrorException">The header breaks the format; the message names the file and the tensor.</exception>
    public static SafetensorsHeader Parse(ReadOnlyMemory<byte> header, long dataBytes, string path)
    {
        try
        {
            if (header.Length == 0 || header.Span[0] != (byte)'{' || !Utf8.IsValid(header.Span))
            {
                throw new FormatException("the header is not a JSON object");
            }

            using var document = JsonDocument.Parse(header, new JsonDocumentOptions { AllowDuplicateProperties = false });
            var metadata = new Dictionary<string, string>();
            var entries = new Dictionary<string, SafetensorsEntry>();
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (property.Name == SafetensorsWriter.MetadataKey)
                {
                    foreach (var pair in property.Value.EnumerateObject())
                    {
                        metadata.Add(pair.Name, Text(pair.Value, $"metadata '{pair.Name}'"));
                    }
                }
                else
                {
                    entries.Add(property.Name, Entry(property.Name, property.Value));
                }
            }

            CheckLayout(entries.Values, dataBytes);
            return new SafetensorsHeader(metadata, entries);
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException)
        {
            throw new UserErrorException($"not a readable safetensors file: {error.Message}", path, "write it again, or use another copy", error);
        }
    }

    private static SafetensorsEntry Entry(string name, JsonElement json)
    {
        var dtype = Text(Member(json, name, "dtype"), $"dtype of '{name}'");
        if (!ElementTypes.TryParse(dtype, out var type))
        {
            var known = string.Join(", ", Enum.GetValues<ElementType>().Select(known => known.FileName()));
            throw new FormatException($"tensor '{name}' has dtype {dtype}, known are {known}");
        }

        var shape = Numbers(Member(json, name, "shape"), name);
        var offsets = Numbers(Member(json, name, "data_offsets"), name);
        if (offsets.Length != 2 || offsets[1] < offsets[0])
        {
            throw new FormatException($"tensor '{name}' has data_offsets [{string.Join(", ", offsets)}]");
        }

        if (!type.TryByteLength(shape, out var byteLength) || byteLength != offsets[1] - offsets[0])
        {
            throw new FormatException($"tensor '{name}': {dtype} [{string.Join(", ", shape)}] does not fit {offsets[1] - offsets[0]} bytes");
        }

        return new SafetensorsEntry(name, type, shape, offsets[0], byteLength);
    }

    private static JsonElement Member(JsonElement json, string name, string member) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(member, out var value)
            ? value
            : throw new FormatException($"tensor '{name}' lacks {member}");

    private static string Text(JsonElement json, string what) =>
        json.ValueKind == JsonValueKind.String ? json.GetString()! : throw new FormatException($"{what} is not a string");

    private static long[] Numbers(JsonElement json, string name)
    {
        if (json.ValueKind != JsonValueKind.Array)
        {
            throw new FormatException($"tensor '{name}': an array of numbers is expected");
        }

        return [.. json.EnumerateArray().Select(item =>
            item.ValueKind == JsonValueKind.Number && item.TryGetInt64(out var number) && number >= 0
                ? number
                : throw new FormatException($"tensor '{name}': {item} is not a size"))];
    }

    private static void CheckLayout(IEnumerable<SafetensorsEntry> entries, long dataBytes)
    {
        long end = 0;
        foreach (var entry in entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.ByteLength))
        {
            if (entry.Begin != end)
            {
                throw new FormatException($"tensor '{entry.Name}' starts at {entry.Begin}, the one before it ends at {end}");
            }

            end += entry.ByteLength;
        }

        if (end != dataBytes)
        {
            throw new FormatException($"the tensors have {end} bytes, the file holds {dataBytes} bytes of data");
        }
    }
}
