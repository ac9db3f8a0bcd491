// recording.json: the header of a recording and the list of its edges.
using System.Text.Json;
using XClassFlow.Data.Checkpoints;

namespace XClassFlow.Data.Recordings;

/// <summary>Content of recording.json, sealed by its own checksum: written when recording starts, and again, complete, when it is closed.</summary>
/// <param name="Header">The run's part.</param>
/// <param name="Edges">The edges in the order in which they were named.</param>
/// <param name="Complete">Whether the writer was closed without a failure.</param>
internal sealed record RecordingIndex(RecordingHeader Header, IReadOnlyList<RecordedEdge> Edges, bool Complete)
{
    public const string FileName = "recording.json";
    private const string Format = "xclassflow-recording";
    private const int FormatVersion = 1;

    public byte[] ToJson() => SealedJson.Seal(json =>
    {
        json.WriteString("format", Format);
        json.WriteNumber("format_version", FormatVersion);
        json.WriteBoolean("complete", Complete);
        json.WriteNumber("seed", Header.Seed);
        json.WriteNumber("world_size", Header.WorldSize);
        WriteNumber(json, "rank", Header.Rank);
        json.WriteNumber("incarnation", Header.Incarnation);
        json.WriteString("started_at", Header.StartedAt);
        json.WriteStrings("versions", Header.Versions);
        json.WriteStartArray("edges");
        foreach (var edge in Edges)
        {
            json.WriteStartObject();
            json.WriteString("name", edge.Name);
            json.WriteString("file", edge.File);
            WriteNumber(json, "messages", edge.Messages);
            WriteNumber(json, "byte_length", edge.ByteLength);
            json.WriteString("xxh3_64", edge.Checksum);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("configuration", Header.Configuration);
    });

    /// <exception cref="UserErrorException">Missing, damaged or newer than this program.</exception>
    public static RecordingIndex Read(string path) => SealedJson.Read(path, Format, FormatVersion, json => new RecordingIndex(
        new RecordingHeader
        {
            Configuration = json.GetProperty("configuration").GetString()!,
            Seed = json.GetProperty("seed").GetInt64(),
            WorldSize = json.GetProperty("world_size").GetInt32(),
            Rank = (int?)Number(json.GetProperty("rank")),
            Incarnation = json.GetProperty("incarnation").GetInt64(),
            StartedAt = json.GetProperty("started_at").GetDateTimeOffset(),
            Versions = SealedJson.Strings(json.GetProperty("versions")),
        },
        [.. json.GetProperty("edges").EnumerateArray().Select(Edge)],
        json.GetProperty("complete").GetBoolean()));

    private static RecordedEdge Edge(JsonElement json)
    {
        var file = json.GetProperty("file").GetString();
        return CheckpointNames.IsFile(file)
            ? new RecordedEdge(
                json.GetProperty("name").GetString()!,
                file!,
                Number(json.GetProperty("messages")),
                Number(json.GetProperty("byte_length")),
                json.GetProperty("xxh3_64").GetString())
            : throw new FormatException($"'{file}' is not a plain file name");
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static long? Number(JsonElement json) => json.ValueKind == JsonValueKind.Null ? null : json.GetInt64();
}
