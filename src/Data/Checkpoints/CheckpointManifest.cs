// The manifest: what is in a checkpoint and how to tell that it is whole.
using System.Globalization;
using System.Text.Json;

namespace XClassFlow.Data.Checkpoints;

/// <summary>Content of manifest.json, written last, sealed by its own checksum.</summary>
/// <param name="Step">Number of weight updates done.</param>
/// <param name="CreatedUtc">When it was committed.</param>
/// <param name="Info">The run's part.</param>
/// <param name="Files">Every file beside the manifest.</param>
public sealed record CheckpointManifest(long Step, DateTimeOffset CreatedUtc, CheckpointInfo Info, IReadOnlyList<CheckpointFile> Files)
{
    /// <summary>Name of the manifest's file.</summary>
    public const string FileName = "manifest.json";

    /// <summary>Version that is written; readers accept it and every older one.</summary>
    public const int FormatVersion = 1;

    private const string Format = "xclassflow-checkpoint";

    internal byte[] ToJson() => SealedJson.Seal(json =>
    {
        json.WriteString("format", Format);
        json.WriteNumber("format_version", FormatVersion);
        json.WriteNumber("step", Step);
        json.WriteString("created_utc", CreatedUtc);
        json.WriteNumber("seed", Info.Seed);
        json.WriteStrings("versions", Info.Versions);
        json.WriteStartObject("scalars");
        foreach (var (name, value) in Info.Scalars)
        {
            WriteScalar(json, name, value);
        }

        json.WriteEndObject();
        json.WriteStrings("texts", Info.Texts);
        json.WriteStartArray("files");
        foreach (var file in Files)
        {
            json.WriteStartObject();
            json.WriteString("name", file.Name);
            json.WriteNumber("byte_length", file.ByteLength);
            json.WriteString("xxh3_64", file.Checksum);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("configuration", Info.Configuration);
    });

    /// <exception cref="UserErrorException">Missing, damaged or newer than this program.</exception>
    internal static CheckpointManifest Read(string path) => SealedJson.Read(path, Format, FormatVersion, json => new CheckpointManifest(
        json.GetProperty("step").GetInt64(),
        json.GetProperty("created_utc").GetDateTimeOffset(),
        new CheckpointInfo
        {
            Configuration = json.GetProperty("configuration").GetString()!,
            Seed = json.GetProperty("seed").GetInt64(),
            Versions = SealedJson.Strings(json.GetProperty("versions")),
            Scalars = json.GetProperty("scalars").EnumerateObject().ToDictionary(pair => pair.Name, pair => Scalar(pair.Value)),
            Texts = SealedJson.Strings(json.GetProperty("texts")),
        },
        Distinct([.. json.GetProperty("files").EnumerateArray().Select(File)])));

    private static CheckpointFile[] Distinct(CheckpointFile[] files) =>
        files.DistinctBy(file => file.Name).Count() == files.Length ? files : throw new FormatException("a file is listed twice");

    private static CheckpointFile File(JsonElement json)
    {
        var name = json.GetProperty("name").GetString();
        return CheckpointNames.IsFile(name)
            ? new CheckpointFile(name!, json.GetProperty("byte_length").GetInt64(), json.GetProperty("xxh3_64").GetString()!)
            : throw new FormatException($"'{name}' is not a plain file name");
    }

    // JSON has no NaN and no infinities: those are strings.
    private static void WriteScalar(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumber(name, value);
        }
        else
        {
            json.WriteString(name, value.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static double Scalar(JsonElement json) =>
        json.ValueKind == JsonValueKind.Number ? json.GetDouble() : double.Parse(json.GetString()!, CultureInfo.InvariantCulture);
}
