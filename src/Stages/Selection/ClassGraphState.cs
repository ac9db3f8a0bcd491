// A shard's part of the class graph, as a checkpoint holds it.
using System.Globalization;
using XClassFlow.Data;
using XClassFlow.Data.Checkpoints;
using XClassFlow.Stages.Torch;
using XClassFlow.Stages.Training;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Selection;

/// <summary>Class graph part of one shard. Owns the lists and the regions.</summary>
/// <param name="Step">The step before which it was built; the selections from there on use it.</param>
/// <param name="Recall">What was measured when it was built.</param>
/// <param name="Lists">The neighbours that the shard owned.</param>
/// <param name="Far">Where far classes are sampled by regions; otherwise null.</param>
internal sealed record ClassGraphState(long Step, double Recall, NeighbourIndex Lists, RegionSampler? Far = null) : IDisposable
{
    private const string StepName = "step";
    private const string KName = "k";
    private const string RecallName = "recall";
    private const string PartsName = "parts";
    private const string RegionsName = "regions";
    private const string AffinitiesName = "affinities";

    /// <summary>Before the names of what belongs to a graph that is not used yet.</summary>
    private const string Next = "next.";

    public static string FileName(int shard, int shards) => $"graph-{shard:00000}-of-{shards:00000}.safetensors";

    /// <summary>The step of the graph in a file; null where it holds none of this K.</summary>
    /// <param name="file">The file.</param>
    /// <param name="k">K.</param>
    /// <param name="pending">Whether the one that is not used yet is meant.</param>
    public static long? StepOf(SafetensorsReader file, int k, bool pending = false) =>
        file.Metadata.TryGetValue(KName, out var text) && int.Parse(text, CultureInfo.InvariantCulture) == k && file.Metadata.TryGetValue(Prefix(pending) + StepName, out var step)
            ? long.Parse(step, CultureInfo.InvariantCulture)
            : null;

    /// <summary>Maps the lists of a file where they lie; the mapping outlives the reader.</summary>
    /// <exception cref="UserErrorException">The file is no such thing.</exception>
    public static ClassGraphState Read(SafetensorsReader file, bool pending = false)
    {
        var prefix = Prefix(pending);
        var k = int.Parse(file.Metadata[KName], CultureInfo.InvariantCulture);
        var parts = new List<NeighbourPart>();
        var start = 0L;
        for (var i = 0; i < int.Parse(file.Metadata[prefix + PartsName], CultureInfo.InvariantCulture); i++)
        {
            var masks = file.Entries.ContainsKey($"{prefix}masks.{i}") ? Map(file, $"{prefix}masks.{i}") : null;
            try
            {
                parts.Add(new NeighbourPart(start, k, Map(file, $"{prefix}rows.{i}"), masks));
            }
            catch (Exception e) when (e is ArgumentException or InvalidOperationException)
            {
                throw new UserErrorException($"its class graph is damaged: {e.Message}", file.Path, "use another checkpoint", e);
            }

            start += parts[^1].Classes;
        }

        return new ClassGraphState(
            long.Parse(file.Metadata[prefix + StepName], CultureInfo.InvariantCulture), double.Parse(file.Metadata[prefix + RecallName], CultureInfo.InvariantCulture), new NeighbourIndex(parts));
    }

    /// <summary>What a checkpoint writes: the lists themselves, not a copy.</summary>
    /// <param name="step">The last step of the checkpoint.</param>
    /// <param name="graph">The graph in use; null where there is none yet.</param>
    /// <param name="pending">One that is not used yet; null where there is none.</param>
    /// <param name="shard">The shard.</param>
    /// <param name="shards">S.</param>
    public static StateSnapshot Snapshot(long step, ClassGraphState? graph, ClassGraphState? pending, int shard, int shards)
    {
        var metadata = new Dictionary<string, string>();
        var tensors = new List<(string Name, Tensor Tensor)>();
        graph?.AddTo(metadata, tensors, Prefix(pending: false), withRegions: shard == 0);
        pending?.AddTo(metadata, tensors, Prefix(pending: true), withRegions: shard == 0);
        return new StateSnapshot(step, 0, FileName(shard, shards), metadata, [.. tensors.Select(t => t.Name)], [.. tensors.Select(t => t.Tensor.alias())]);
    }

    private static string Prefix(bool pending) => pending ? Next : "";

    private void AddTo(Dictionary<string, string> metadata, List<(string Name, Tensor Tensor)> tensors, string prefix, bool withRegions)
    {
        metadata[prefix + StepName] = Step.ToString(CultureInfo.InvariantCulture);
        metadata[KName] = Lists.K.ToString(CultureInfo.InvariantCulture);
        metadata[prefix + RecallName] = Recall.ToString("R", CultureInfo.InvariantCulture);
        metadata[prefix + PartsName] = Lists.Parts.Count.ToString(CultureInfo.InvariantCulture);
        foreach (var (i, part) in Lists.Parts.Index())
        {
            tensors.Add(($"{prefix}rows.{i}", part.Rows));
            if (part.Masks is { } masks)
            {
                tensors.Add(($"{prefix}masks.{i}", masks));
            }
        }

        if (withRegions && Far is not null)
        {
            tensors.Add((prefix + RegionsName, Far.Regions.Of));
            tensors.Add((prefix + AffinitiesName, Far.Regions.Affinities));
        }
    }

    /// <summary>Maps the regions of all classes, which the first shard's file has; null where it has none.</summary>
    /// <param name="file">The file.</param>
    /// <param name="pending">Whether those of the graph that is not used yet are meant.</param>
    public static ClassRegions? ReadRegions(SafetensorsReader file, bool pending = false) => file.Entries.ContainsKey(Prefix(pending) + RegionsName)
        ? new ClassRegions(Map(file, Prefix(pending) + RegionsName), Map(file, Prefix(pending) + AffinitiesName))
        : null;

    public void Dispose()
    {
        Lists.Dispose();
        Far?.Dispose();
    }

    private static Tensor Map(SafetensorsReader file, string name)
    {
        var entry = file.Entry(name);
        if (entry.ByteLength == 0)
        {
            return ForeignMemory.Zeros(entry.ElementType, entry.Shape);
        }

        var mapping = file.MapRows(name, 0, entry.Rows);
        return ForeignMemory.Over(mapping, mapping.Address, entry.ElementType, entry.Shape);
    }
}
