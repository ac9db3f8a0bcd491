// S shards of the head with their exchanges done by hand, as the graph does them with messages.
using XClassFlow.Stages.Head;
using XClassFlow.Stages.Selection;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Tests.Head;

/// <summary>Runs steps of the sharded softmax on S shards. Owns the weights.</summary>
internal sealed class ShardedHead : IDisposable
{
    private readonly HeadSettings _settings;
    private readonly ClassPartition _partition;
    private readonly int _width;
    private readonly ClassWeights[] _weights;

    public ShardedHead(HeadSettings settings, double[][] w, int shards, int threads = 1)
    {
        _settings = settings;
        _partition = new ClassPartition(w.Length, shards);
        _width = w[0].Length;
        _weights = [.. Enumerable.Range(0, shards).Select(s =>
        {
            var rows = w.Skip((int)_partition.StartOf(s)).Take((int)_partition.CountOf(s)).ToArray();
            return HeadRowsOf.Values(_partition.StartOf(s), rows, _width, settings.Update, threads);
        })];
    }

    public ClassPartition Partition => _partition;

    /// <summary>One step: loss and dX [B][D]; the rows are updated.</summary>
    /// <param name="x">Embeddings.</param>
    /// <param name="labels">Their classes.</param>
    /// <param name="microBatches">P.</param>
    /// <param name="selections">Active rows of every shard; null for all.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="step">The step.</param>
    public (double Loss, double[][] DX) Step(double[][] x, int[] labels, int microBatches, IReadOnlyList<Stages.Selection.Selection>? selections, double rate, long step)
    {
        return Run([.. _weights.Select((weights, s) => new ShardSoftmax(weights, _settings, ActiveOf(s, selections), step, x.Length))], x, labels, microBatches, rate);
    }

    /// <summary>The same with active rows for every group of samples: of every group, one selection for every shard.</summary>
    public (double Loss, double[][] DX) StepInGroups(
        double[][] x, int[] labels, int microBatches, int groupSamples, IReadOnlyList<IReadOnlyList<Stages.Selection.Selection>> groups, double rate, long step)
        => Run(
            [.. _weights.Select((weights, s) => new GroupedSoftmax(weights, _settings, [.. groups.Select(g => ActiveOf(s, g))], groupSamples, step, x.Length))],
            x, labels, microBatches, rate);

    private (double Loss, double[][] DX) Run(IStepSoftmax[] shards, double[][] x, int[] labels, int microBatches, double rate)
    {
        using var scope = NewDisposeScope();
        var loss = 0.0;
        var dx = new List<double[]>();
        for (var m = 0; m < microBatches; m++)
        {
            var (from, to) = (x.Length * m / microBatches, x.Length * (m + 1) / microBatches);
            var embeddings = Matrices.ToTensor(x[from..to], _width);
            var ids = labels[from..to].Select(l => (long)l).ToArray();
            var forward = Array.ConvertAll(shards, s => s.Forward(embeddings, ids, from));
            var reduction = SoftmaxReduction.Of([.. forward.Select(f => f.Statistics)]);
            loss += reduction.LossSum(_settings.LabelSmoothing);
            var sum = zeros_like(embeddings);
            foreach (var pass in forward)
            {
                sum.add_(pass.Backward(reduction.LogSum, reduction.ActiveWeight!));
            }

            dx.AddRange(Matrices.ToRows(sum));
        }

        foreach (var shard in shards)
        {
            shard.Update(rate);
            shard.Dispose();
        }

        return (loss / x.Length, [.. dx]);
    }

    /// <summary>All rows as they stand before a step.</summary>
    public double[][] Rows(long step)
    {
        using var scope = NewDisposeScope();
        return [.. _weights.SelectMany(w => Matrices.ToRows(w.Read(RowSet.Range(0, w.Count), step)))];
    }

    /// <summary>The active classes of a set of selections, as the oracle takes them.</summary>
    public IReadOnlyList<(int Class, double Represents)> ActiveOf(IReadOnlyList<Stages.Selection.Selection>? selections) => selections is null
        ? [.. Enumerable.Range(0, (int)_partition.Classes).Select(c => (c, 1.0))]
        : [.. selections.SelectMany((selection, s) => selection.Rows.Select((row, i) =>
            ((int)(_partition.StartOf(s) + row), i < selection.CertainRows ? 1 : selection.Represents?[i - selection.CertainRows] ?? 1.0)))];

    /// <summary>Labels of the batch, some neighbours, and a sample that stands for the rest.</summary>
    public IReadOnlyList<Stages.Selection.Selection> Select(ActiveClassesSettings settings, int[] labels, long budget, ulong seed)
        => [.. Enumerable.Range(0, _partition.Shards).Select(s => new ClassSelector(_partition.StartOf(s), _partition.CountOf(s), settings.Mode == SelectionMode.Mix)
            .Select([.. labels.Select(l => (long)l)], ClassPartition.ShareOf(budget, _partition.Shards, s), settings.At(1).NeighbourShare, null, null, seed + (ulong)s))];

    public void Dispose()
    {
        foreach (var weights in _weights)
        {
            weights.Dispose();
        }
    }

    private ActiveRows ActiveOf(int shard, IReadOnlyList<Stages.Selection.Selection>? selections)
    {
        var (start, count) = (_partition.StartOf(shard), _partition.CountOf(shard));
        return selections?[shard] is { } selection
            ? ActiveRows.Of(start, count, tensor(selection.Rows), selection.LabelRows, selection.CertainRows, selection.Represents)
            : ActiveRows.All(start, count);
    }
}
