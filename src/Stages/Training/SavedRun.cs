// A checkpoint as training sees it: the parts that each stage takes up again.
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using XClassFlow.Data;
using XClassFlow.Data.Checkpoints;
using XClassFlow.Data.Tensors;
using XClassFlow.Stages.Head;
using XClassFlow.Stages.Selection;
using XClassFlow.Stages.Sparsification;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>Reads the state that <see cref="CheckpointWriterStage"/> wrote; class rows for any number of shards. Reading is thread-safe: every stage takes up its own part.</summary>
public sealed class SavedRun : IDisposable
{
    internal const string SamplesKey = "samples";
    internal const string PolicyKey = "policy";
    internal const string SparsifierKey = "sparsifier";
    internal const string GraphsKey = "graphs";
    internal const string MicroBatchesKey = "micro-batches";
    internal const string EvaluationDueKey = "evaluation-due";

    /// <summary>Where a checkpoint's texts name the run on a cluster that wrote it.</summary>
    public const string RunKey = "run";

    private readonly Checkpoint _checkpoint;
    private readonly HashSet<string>? _unverified;
    private readonly Lock _gate = new();

    private SavedRun(Checkpoint checkpoint, bool verified)
    {
        _checkpoint = checkpoint;
        _unverified = verified ? null : [.. checkpoint.Files];
    }

    /// <summary>The step to go on with.</summary>
    public long NextStep => _checkpoint.Step;

    /// <summary>The position of the next training sample.</summary>
    public long Samples => (long)_checkpoint.Manifest.Info.Scalars[SamplesKey];

    /// <summary>State of the convergence policy.</summary>
    public JsonElement Policy => JsonDocument.Parse(_checkpoint.Manifest.Info.Texts[PolicyKey]).RootElement;

    /// <summary>State of the sparsification's plan; empty in checkpoints of earlier versions.</summary>
    public string Sparsification => _checkpoint.Manifest.Info.Texts.GetValueOrDefault(SparsifierKey, "");

    /// <summary>State of the schedule of class graphs; empty in checkpoints of earlier versions.</summary>
    public string Graphs => _checkpoint.Manifest.Info.Texts.GetValueOrDefault(GraphsKey, "");

    /// <summary>The numbers of micro-batches that were chosen; empty where they were fixed, and in checkpoints of earlier versions.</summary>
    public string MicroBatches => _checkpoint.Manifest.Info.Texts.GetValueOrDefault(MicroBatchesKey, "");

    /// <summary>Whether its step made an evaluation due, which came later or never; not known of checkpoints of earlier versions.</summary>
    public bool EvaluationDue => _checkpoint.Manifest.Info.Scalars.GetValueOrDefault(EvaluationDueKey) != 0;

    /// <summary>Whether gradients wait in it that were not sent yet.</summary>
    public bool HasResiduals => ResidualFile.RanksIn(_checkpoint.Files) > 0;

    /// <summary>The configuration of the run that wrote it, HOCON.</summary>
    public string Configuration => _checkpoint.Manifest.Info.Configuration;

    public string Path => _checkpoint.Path;

    /// <summary>N.</summary>
    public long Classes => HeadRows.Open(_checkpoint).Classes;

    /// <summary>Whether the latest checkpoint of a directory was written by a run on a cluster.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="run">Identity of the run.</param>
    public static bool IsOf(string path, string run)
    {
        if (!CheckpointDirectory.HasAny(path))
        {
            return false;
        }

        using var checkpoint = Checkpoint.OpenLatest(path, verifyChecksums: false);
        return checkpoint.Manifest.Info.Texts.GetValueOrDefault(RunKey) == run;
    }

    /// <summary>Opens one checkpoint, or the latest of a directory.</summary>
    /// <param name="path">The checkpoint or the directory.</param>
    /// <param name="part">Whether only a part of it will be read, as by a node of a cluster: then a file's checksum is checked when it is read first, else all are now.</param>
    /// <param name="abort">Gives up reading for checksums, now and later.</param>
    /// <exception cref="UserErrorException">There is none, or it is damaged.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="abort"/> was signalled.</exception>
    public static SavedRun Open(string path, bool part = false, CancellationToken abort = default)
    {
        var run = new SavedRun(Checkpoint.Open(path, verifyChecksums: !part, abort), verified: !part);
        if (!run._checkpoint.Manifest.Info.Scalars.ContainsKey(SamplesKey) || !run._checkpoint.Manifest.Info.Texts.ContainsKey(PolicyKey))
        {
            throw new UserErrorException("is not a checkpoint of a training run", run.Path, "use one that `xclassflow train` wrote");
        }

        return run;
    }

    /// <summary>Checks, before anything runs, that the checkpoint's class weights are those of a run.</summary>
    /// <exception cref="UserErrorException">Another number of classes or another width.</exception>
    public void CheckFits(long classes, int width) => CheckFits(HeadRows.Open(_checkpoint), classes, width);

    /// <summary>Backbone parameters, buffers and optimizer state by name. The caller owns the tensors.</summary>
    public IReadOnlyDictionary<string, Tensor> Backbone()
    {
        lock (_gate)
        {
            Verify(BackboneStage.WeightsFile);
            var reader = _checkpoint.Tensors(BackboneStage.WeightsFile);
            return reader.Entries.Keys.ToDictionary(name => name, name => TensorMemory.CopyOf(Finite(reader.Tensor(name))));
        }
    }

    /// <summary>The rows of one shard, whatever the number of shards that wrote them. The caller owns the tensors.</summary>
    /// <param name="partition">Which shard owns which classes now.</param>
    /// <param name="shard">The shard.</param>
    /// <param name="width">D.</param>
    /// <param name="update">The optimizer that takes them up.</param>
    /// <param name="weights">Type and place that they get.</param>
    /// <exception cref="UserErrorException">Another number of classes, another width, or the state of another optimizer.</exception>
    public ClassRowsState Head(ClassPartition partition, int shard, int width, RowUpdate update, WeightSettings weights)
    {
        lock (_gate)
        {
            var rows = HeadRows.Open(_checkpoint);
            CheckFits(rows, partition.Classes, width);
            var (start, count) = (partition.StartOf(shard), partition.CountOf(shard));
            foreach (var file in rows.FilesOf(start, start + count))
            {
                Verify(file);
            }

            return new SavedRows(rows, Path, start, count).Read(update, weights, NextStep, Rates(), MovedBy());
        }
    }

    /// <summary>
    /// What a rank takes over of the residuals and the momentum of the ranks that wrote the checkpoint: the sum of those whose number is its own modulo R. So the sum over ranks, which is
    /// what the weights have yet to get, is the same for any R.
    /// </summary>
    /// <param name="rank">This rank.</param>
    /// <param name="ranks">R.</param>
    /// <returns>By name, the caller's tensors; null where it takes over nothing.</returns>
    public IReadOnlyDictionary<string, Tensor>? Residuals(int rank, int ranks)
    {
        lock (_gate)
        {
            var writers = ResidualFile.RanksIn(_checkpoint.Files);
            Dictionary<string, Tensor>? sums = null;
            for (var writer = rank; writer < writers; writer += ranks)
            {
                var file = ResidualFile.NameOf(writer, writers);
                Verify(file);
                var reader = _checkpoint.Tensors(file);
                sums ??= [];
                foreach (var name in reader.Entries.Keys)
                {
                    var tensor = TensorMemory.CopyOf(reader.Tensor(name));
                    if (!sums.TryAdd(name, tensor))
                    {
                        using var scope = NewDisposeScope();
                        sums[name].PlusInPlace(tensor);
                        tensor.Dispose();
                    }
                }
            }

            return sums;
        }
    }

    /// <summary>The step before which the checkpoint's class graph was built; null where it holds none of this K.</summary>
    /// <param name="k">K.</param>
    /// <param name="pending">Whether one is meant that was not used yet.</param>
    public long? GraphStep(int k, bool pending = false)
    {
        lock (_gate)
        {
            return GraphFiles() is [var first, ..] ? ClassGraphState.StepOf(_checkpoint.Tensors(first), k, pending) : null;
        }
    }

    /// <summary>The whole class graph, whatever the number of shards that wrote it; null where there is none of this K, or it is not whole (it is built anew then). The caller owns it.</summary>
    internal StoredGraph? Graph(long classes, int k, bool pending = false)
    {
        lock (_gate)
        {
            var files = GraphFiles();
            foreach (var file in files)
            {
                Verify(file);
            }

            return files.Length > 0 && files.All(f => ClassGraphState.StepOf(_checkpoint.Tensors(f), k, pending) is not null)
                && StoredGraph.Join([.. files.Select(f => ClassGraphState.Read(_checkpoint.Tensors(f), pending))], classes) is { } graph
                ? graph with { Regions = ClassGraphState.ReadRegions(_checkpoint.Tensors(files[0]), pending) }
                : null;
        }
    }

    public void Dispose() => _checkpoint.Dispose();

    // In the order of the shards; none unless all are there.
    private string[] GraphFiles()
    {
        var count = _checkpoint.Files.Count(f => f.StartsWith("graph-", StringComparison.Ordinal));
        string[] files = [.. Enumerable.Range(0, count).Select(s => ClassGraphState.FileName(s, count))];
        return files.All(_checkpoint.Contains) ? files : [];
    }

    private void Verify(string file)
    {
        if (_unverified?.Remove(file) == true)
        {
            _checkpoint.Verify(file);
        }
    }

    private TensorBlock Finite(TensorBlock block) => FiniteValues.FirstNotIn(block) < 0
        ? block
        : throw new UserErrorException($"its '{block.Name}' is not finite", Path, "use an earlier checkpoint");

    private void CheckFits(HeadRows rows, long classes, int width)
    {
        if (rows.Classes != classes || rows.Width != width)
        {
            throw new UserErrorException(
                $"holds {rows.Classes} classes of width {rows.Width}, the configuration has {classes} of width {width}",
                Path,
                "use the data and the embedding width that the checkpoint was trained with");
        }
    }

    private double[] Rates() => MemoryMarshal.Cast<byte, double>(Convert.FromBase64String(FirstShard()[ClassRowsState.RatesName])).ToArray();

    // Momentum and decay of the run that wrote it; null in checkpoints of earlier versions.
    private (double Momentum, double Decay)? MovedBy()
    {
        var shard = FirstShard();
        return shard.TryGetValue(ClassRowsState.UpdateMomentumName, out var momentum) && shard.TryGetValue(ClassRowsState.UpdateDecayName, out var decay)
            ? (double.Parse(momentum, CultureInfo.InvariantCulture), double.Parse(decay, CultureInfo.InvariantCulture))
            : null;
    }

    private IReadOnlyDictionary<string, string> FirstShard()
        => _checkpoint.Tensors(_checkpoint.Files.Single(f => f.StartsWith("head-00000-", StringComparison.Ordinal))).Metadata;
}
