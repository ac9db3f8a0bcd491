// The JSON form of a cluster's status, generated at compile time.
using System.Text.Json.Serialization;
using XClassFlow.Cluster.Membership;

namespace XClassFlow.Cli.Commands;

/// <summary>snake_case names, indented, as in reports.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(ClusterStatus))]
internal sealed partial class StatusJson : JsonSerializerContext;
