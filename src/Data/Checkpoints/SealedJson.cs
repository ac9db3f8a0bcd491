// A small JSON object that carries its own checksum, so that no flipped bit in it goes unseen.
using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace XClassFlow.Data.Checkpoints;

/// <summary>
/// The last member, "xxh3_64", holds 16 hexadecimal digits: XxHash3 of all bytes of the file before those digits. After them come exactly a quote, a
/// line feed, a closing brace and a line feed.
/// </summary>
internal static class SealedJson
{
    private const int Digits = 16;
    private static readonly byte[] _end = "\"\n}\n"u8.ToArray();

    /// <summary>The bytes of the file.</summary>
    /// <param name="writeMembers">Writes the members of the object, all but the last.</param>
    public static byte[] Seal(Action<Utf8JsonWriter> writeMembers)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            writeMembers(json);
            json.WriteString("xxh3_64", new string('0', Digits));
            json.WriteEndObject();
        }

        buffer.WriteByte((byte)'\n');
        var bytes = buffer.ToArray();
        var digits = bytes.Length - _end.Length - Digits;
        Encoding.ASCII.GetBytes(Hash(bytes.AsSpan(0, digits)), bytes.AsSpan(digits));
        return bytes;
    }

    /// <summary>Reads a sealed file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="format">Required value of the member "format".</param>
    /// <param name="version">Newest "format_version" that is understood.</param>
    /// <param name="read">Makes the result of the object; <see cref="JsonException"/>, <see cref="FormatException"/>,
    /// <see cref="KeyNotFoundException"/> and <see cref="InvalidOperationException"/> from it mean a damaged file.</param>
    /// <exception cref="UserErrorException">Missing, damaged, of another format or of a newer version.</exception>
    public static T Read<T>(string path, string format, int version, Func<JsonElement, T> read)
    {
        try
        {
            var bytes = File.ReadAllBytes(path);
            var digits = bytes.Length - _end.Length - Digits;
            if (digits < 0 || !bytes.AsSpan(digits + Digits).SequenceEqual(_end)
                || !bytes.AsSpan(digits, Digits).SequenceEqual(Encoding.ASCII.GetBytes(Hash(bytes.AsSpan(0, digits)))))
            {
                throw new UserErrorException("is damaged, or was edited: its own checksum does not match", path, "use another copy, or an older one");
            }

            if (!Utf8.IsValid(bytes))
            {
                throw new FormatException("it is not UTF-8");
            }

            using var document = JsonDocument.Parse(bytes);
            var root = document.RootElement;
            if (root.GetProperty("format").GetString() != format)
            {
                throw new FormatException($"its format is not '{format}'");
            }

            var found = root.GetProperty("format_version").GetInt32();
            return found <= version
                ? read(root)
                : throw new UserErrorException($"has format version {found}", path, $"this program reads up to {version}: use the one that wrote it, or a newer one");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"cannot be read: {error.Message}", path, inner: error);
        }
        catch (Exception error) when (error is JsonException or FormatException or KeyNotFoundException or InvalidOperationException)
        {
            throw new UserErrorException($"is not a readable {format} description: {error.Message}", path, "use another copy, or an older one", error);
        }
    }

    /// <summary>Writes an object of strings.</summary>
    public static void WriteStrings(this Utf8JsonWriter json, string name, IReadOnlyDictionary<string, string> values)
    {
        json.WriteStartObject(name);
        foreach (var (key, value) in values)
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    /// <summary>Reads an object of strings.</summary>
    public static IReadOnlyDictionary<string, string> Strings(JsonElement json) =>
        json.EnumerateObject().ToDictionary(pair => pair.Name, pair => pair.Value.GetString() ?? throw new FormatException($"{pair.Name} is null"));

    private static string Hash(ReadOnlySpan<byte> bytes) => HashingStream.Format(XxHash3.HashToUInt64(bytes));
}
