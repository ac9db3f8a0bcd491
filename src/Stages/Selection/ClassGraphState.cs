// A shard's part of the class graph, as a checkpoint holds it.
using System.Globalization;
using XClassFlow.Data;
using XClassFlow.Data.Checkpoints;
using XClassFlow.Stages.Torch;
using XClassFlow.Stages.Training;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Selection;

/// <summary>Class graph part of one shard. Owns the lists.</summary>
/// <param name="Step">The step before which it was built; the selections from there on use it.</param>
/// <param name="Recall">What was measured when it was built.</param>
/// <param name="Lists">The neighbours that the shard owned.</param>
internal sealed record ClassGraphState(long Step, double Recall, NeighbourIndex Lists) : IDisposable
{
    private const string StepName = "step";
    private const string KName = "k";
    private const string RecallName = "recall";
    private const string PartsName = "parts";

    public static string FileName(int shard, int shards) => $"graph-{shard:00000}-of-{shards:00000}.safetensors";

    /// <summary>The step of the graph in a file; null where it holds none of this K.</summary>
    public static long? StepOf(SafetensorsReader file, int k) =>
        file.Metadata.TryGetValue(KName, out var text) && int.Parse(text, CultureInfo.InvariantCulture) == k ? long.Parse(file.Metadata[StepName], CultureInfo.InvariantCulture) : null;

    /// <summary>Maps the lists of a file where they lie; the mapping outlives the reader.</summary>
    /// <exception cref="UserErrorException">The file is no such thing.</exception>
    public static ClassGraphState Read(SafetensorsReader file)
    {
        var k = int.Parse(file.Metadata[KName], CultureInfo.InvariantCulture);
        var parts = new List<NeighbourPart>();
        var start = 0L;
        for (var i = 0; i < int.Parse(file.Metadata[PartsName], CultureInfo.InvariantCulture); i++)
        {
            var masks = file.Entries.ContainsKey($"masks.{i}") ? Map(file, $"masks.{i}") : null;
            try
            {
                parts.Add(new NeighbourPart(start, k, Map(file, $"rows.{i}"), masks));
            }
            catch (Exception e) when (e is ArgumentException or InvalidOperationException)
            {
                throw new UserErrorException($"its class graph is damaged: {e.Message}", file.Path, "use another checkpoint", e);
            }

            start += parts[^1].Classes;
        }

        return new ClassGraphState(
            long.Parse(file.Metadata[StepName], CultureInfo.InvariantCulture), double.Parse(file.Metadata[RecallName], CultureInfo.InvariantCulture), new NeighbourIndex(parts));
    }

    /// <summary>What a checkpoint writes: the lists themselves, not a copy.</summary>
    /// <param name="step">The last step of the checkpoint.</param>
    /// <param name="graph">The graph; null where none has been built yet.</param>
    /// <param name="graphStep">The step before which it was built.</param>
    /// <param name="recall">What was measured then.</param>
    /// <param name="shard">The shard.</param>
    /// <param name="shards">S.</param>
    public static StateSnapshot Snapshot(long step, NeighbourIndex? graph, long graphStep, double recall, int shard, int shards)
    {
        if (graph is null)
        {
            return new StateSnapshot(step, 0, FileName(shard, shards), [], [], []);
        }

        var tensors = graph.Parts.SelectMany((p, i) => new (string Name, Tensor? Tensor)[] { ($"rows.{i}", p.Rows), ($"masks.{i}", p.Masks) }).Where(t => t.Tensor is not null).ToArray();
        return new StateSnapshot(
            step,
            0,
            FileName(shard, shards),
            new Dictionary<string, string>
            {
                [StepName] = graphStep.ToString(CultureInfo.InvariantCulture),
                [KName] = graph.K.ToString(CultureInfo.InvariantCulture),
                [RecallName] = recall.ToString("R", CultureInfo.InvariantCulture),
                [PartsName] = graph.Parts.Count.ToString(CultureInfo.InvariantCulture),
            },
            [.. tensors.Select(t => t.Name)],
            [.. tensors.Select(t => t.Tensor!.alias())]);
    }

    public void Dispose() => Lists.Dispose();

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
