// Which node holds which stage instance of the training graph.
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Training;

/// <summary>
/// The placement of a graph that several nodes run. What belongs together stands together: a rank's exchange with its backbone, its preprocessing with its loader, a
/// shard's selection and class graph with its rows. Everything there is one of stands on node 0.
/// </summary>
/// <param name="Backbones">Node of each rank's backbone.</param>
/// <param name="Shards">Node of each shard.</param>
/// <param name="Loaders">Node of each rank's loader.</param>
public sealed record TrainingPlacement(IReadOnlyList<int> Backbones, IReadOnlyList<int> Shards, IReadOnlyList<int> Loaders)
{
    private readonly int[] _writers = [.. Shards.Append(Backbones[0]).Distinct().Order()];

    /// <summary>Nodes that write their part of a checkpoint, in the order of their writers.</summary>
    public IReadOnlyList<int> Writers => _writers;

    /// <summary>The writer on the node of a shard; of rank 0's backbone for null.</summary>
    public int WriterOf(int? shard) => Array.IndexOf(_writers, shard is { } s ? Shards[s] : Backbones[0]);

    /// <summary>The node of an instance; an inserted stage stands where the messages it passes on come from.</summary>
    public int NodeOf(FlowGraph graph, StageAddress stage) => stage.Group switch
    {
        "loader" or "preprocess" => Loaders[stage.Index],
        "backbone" or "exchange" => Backbones[stage.Index],
        "shard" or "active" or "graph" => Shards[stage.Index],
        "checkpoint-writer" => Writers[stage.Index],
        _ when graph.InsertedAfter(stage.Group) is { } before => NodeOf(graph, stage with { Group = before }),
        _ => 0,
    };
}
