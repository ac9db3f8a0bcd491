// Who takes part in a lane.
namespace XClassFlow.Cluster.Lane;

/// <summary>The nodes of one incarnation.</summary>
/// <param name="Run">Identity of the run; connections of another are refused.</param>
/// <param name="Incarnation">Number of the layout; connections of another are refused.</param>
/// <param name="Self">This node's number.</param>
/// <param name="Addresses">Every node's <see cref="ILaneEndpoint.Address"/>, by number.</param>
public sealed record LanePlan(string Run, long Incarnation, int Self, IReadOnlyList<string> Addresses);
