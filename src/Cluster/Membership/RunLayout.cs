// Who holds what in one incarnation of a run.
using System.Text.Json.Serialization;

namespace XClassFlow.Cluster.Membership;

/// <summary>The allocation of a run to nodes. Immutable: after a loss there is a new one with a higher incarnation.</summary>
/// <param name="Run">The run.</param>
/// <param name="Incarnation">Number of the layout, from 1, rising; messages of another are refused.</param>
/// <param name="Nodes">The nodes, by number. Node 0 holds the supervisor stage, the evaluator and the commit of checkpoints.</param>
/// <param name="Backbones">Node of each backbone replica (rank), in order: R entries.</param>
/// <param name="Shards">Node of each shard: S entries.</param>
/// <param name="Loaders">Node of each rank's loader: R entries.</param>
public sealed record RunLayout(
    RunSpec Run, long Incarnation, IReadOnlyList<NodePlace> Nodes, IReadOnlyList<int> Backbones, IReadOnlyList<int> Shards, IReadOnlyList<int> Loaders)
{
    /// <summary>Random: a supervisor that is cut off may make a layout of the same number, and nodes of the two must not go together.</summary>
    [JsonRequired]
    public string Token { get; init; } = "";

    /// <summary>Updates in the checkpoints that the run went back to after trouble, one entry each time; <see cref="ThisOne"/>: the one that this layout goes on from, which its nodes find.</summary>
    [JsonRequired]
    public IReadOnlyList<long> Returns { get; init; } = [];

    /// <summary>Stands in <see cref="Returns"/> for a number that is not known yet.</summary>
    public const long ThisOne = -1;

    /// <summary>How often the run has gone back to a checkpoint.</summary>
    /// <param name="step">Updates in it, where this layout goes on from it.</param>
    public int ReturnsTo(long step) => Returns.Count(r => r == step || r == ThisOne);
}
