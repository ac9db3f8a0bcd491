// Which node holds which stage instance of the training graph.
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Training;

/// <summary>
/// The placement of a graph that several nodes run. What belongs together stands together: a rank's sparsifier and exchange with its backbone, its preprocessing with its loader, a
/// shard's selection and class graph with its rows. Everything there is one of stands on node 0.
/// </summary>
/// <param name="Backbones">Node of each rank's backbone.</param>
/// <param name="Shards">Node of each shard.</param>
/// <param name="Loaders">Node of each rank's loader.</param>
public sealed record TrainingPlacement(IReadOnlyList<int> Backbones, IReadOnlyList<int> Shards, IReadOnlyList<int> Loaders)
{
    /// <summary>Whether every rank's backbone has state of its own to save; else rank 0's is enough.</summary>
    public bool EveryRankSaves { get; init; }

    /// <summary>Nodes that write their part of a checkpoint, in the order of their writers.</summary>
    public IReadOnlyList<int> Writers => [.. Shards.Concat(Backbones.Take(EveryRankSaves ? Backbones.Count : 1)).Distinct().Order()];

    /// <summary>The writer on the node of a shard.</summary>
    public int WriterOfShard(int shard) => Writers.ToList().IndexOf(Shards[shard]);

    /// <summary>The writer on the node of a rank's backbone; 0 for one that has nothing to save.</summary>
    public int WriterOfBackbone(int rank) => Math.Max(0, Writers.ToList().IndexOf(Backbones[rank]));

    /// <summary>The node of an instance; an inserted stage stands where the messages it passes on come from.</summary>
    public int NodeOf(FlowGraph graph, StageAddress stage) => stage.Group switch
    {
        "loader" or "preprocess" => Loaders[stage.Index],
        "backbone" or "sparsifier" or "exchange" => Backbones[stage.Index],
        "shard" or "active" or "graph" => Shards[stage.Index],
        "checkpoint-writer" => Writers[stage.Index],
        _ when graph.InsertedAfter(stage.Group) is { } before => NodeOf(graph, stage with { Group = before }),
        _ => 0,
    };
}
