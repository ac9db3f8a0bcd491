// The plain values of a message as comparable texts.
using System.Globalization;
using System.Text.Json.Nodes;

namespace XClassFlow.Stages.Replay;

/// <summary>Flattened JSON values of a message. Measured times differ between runs by nature and are left out.</summary>
internal static class ScalarFields
{
    private const string Times = "Seconds";

    public static Dictionary<string, string> Of(string json)
    {
        var fields = new Dictionary<string, string>();
        Flatten(string.Empty, JsonNode.Parse(json), fields);
        return fields;
    }

    public static bool Same(string a, string b, double tolerance)
        => a == b
        || (double.TryParse(a, CultureInfo.InvariantCulture, out var x)
            && double.TryParse(b, CultureInfo.InvariantCulture, out var y)
            && Math.Abs(x - y) <= tolerance * Math.Max(Math.Abs(y), 1e-30));

    private static void Flatten(string name, JsonNode? node, Dictionary<string, string> fields)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var (key, value) in members)
                {
                    if (!key.EndsWith(Times, StringComparison.Ordinal))
                    {
                        Flatten(name.Length == 0 ? key : $"{name}.{key}", value, fields);
                    }
                }

                break;
            case JsonArray items:
                for (var i = 0; i < items.Count; i++)
                {
                    Flatten($"{name}[{i}]", items[i], fields);
                }

                break;
            default:
                fields[name] = node?.ToJsonString() ?? "null";
                break;
        }
    }
}
