// How the order of a stage's calls stands in a recording.
using System.Text.Json;
using System.Text.Json.Serialization;
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Replay;

/// <summary>
/// One call of a stage. A recording keeps the calls of every stage beside the edges: answers must not reach a replayed stage before it asked, and only the order of
/// the calls says when it had.
/// </summary>
/// <param name="Call">The kind.</param>
/// <param name="Inlet">The inlet; null for other kinds.</param>
internal sealed record CallRecord(StageCall Call, string? Inlet)
{
    public const string Type = "Call";

    private const string Suffix = "@calls";

    private static readonly JsonSerializerOptions Json = new() { Converters = { new JsonStringEnumConverter() } };

    /// <summary>Under which name a recording keeps the calls of a group.</summary>
    public static string EdgeOf(string group) => group + Suffix;

    public static bool IsEdge(string name) => name.EndsWith(Suffix, StringComparison.Ordinal);

    /// <exception cref="FormatException">The text is no call.</exception>
    public static CallRecord Parse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<CallRecord>(json, Json) ?? throw new FormatException("no call");
        }
        catch (JsonException e)
        {
            throw new FormatException($"no call: {e.Message}", e);
        }
    }

    public string ToJson() => JsonSerializer.Serialize(this, Json);
}
