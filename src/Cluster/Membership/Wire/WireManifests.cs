// Every control message with its version; what is not here does not cross.
using System.Runtime.Serialization;

namespace XClassFlow.Cluster.Membership.Wire;

/// <summary>Names of message types on the wire, "NodeState/3". A change of a type's members needs a new number.</summary>
internal static class WireManifests
{
    private static readonly Dictionary<Type, string> Names = new()
    {
        [typeof(NodeState)] = "NodeState/3",
        [typeof(Assign)] = "Assign/3",
        [typeof(Connect)] = "Connect/1",
        [typeof(Pause)] = "Pause/1",
        [typeof(Go)] = "Go/1",
        [typeof(Abort)] = "Abort/1",
        [typeof(StopRun)] = "StopRun/1",
        [typeof(AskRun)] = "AskRun/1",
        [typeof(RunTold)] = "RunTold/2",
        [typeof(RunOver)] = "RunOver/2",
        [typeof(Progress)] = "Progress/1",
        [typeof(Submit)] = "Submit/2",
        [typeof(Accepted)] = "Accepted/1",
        [typeof(Refused)] = "Refused/2",
        [typeof(IncarnationTold)] = "IncarnationTold/3",
        [typeof(HistoryTold)] = "HistoryTold/3",
        [typeof(Completed)] = "Completed/2",
        [typeof(AskReport)] = "AskReport/1",
        [typeof(ReportPiece)] = "ReportPiece/1",
        [typeof(GotReport)] = "GotReport/1",
        [typeof(AskStatus)] = "AskStatus/1",
        [typeof(StatusTold)] = "StatusTold/1",
    };

    private static readonly Dictionary<string, Type> Types = Names.ToDictionary(n => n.Value, n => n.Key, StringComparer.Ordinal);

    /// <summary>All message types.</summary>
    public static IReadOnlyCollection<Type> All => Names.Keys;

    /// <exception cref="SerializationException">The type is none of ours.</exception>
    public static string NameOf(Type type) => Names.TryGetValue(type, out var name) ? name : throw new SerializationException($"{type} is no control message");

    /// <exception cref="SerializationException">The name or its version is unknown.</exception>
    public static Type TypeOf(string manifest) => Types.TryGetValue(manifest, out var type)
        ? type
        : throw new SerializationException($"unknown control message '{(manifest.Length > 60 ? manifest[..60] : manifest)}'; all nodes must run the same version");
}
