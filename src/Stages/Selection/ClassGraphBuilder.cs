// Builds the class graph of one shard's classes and gives every shard the neighbours it owns.
using System.Diagnostics;
using System.Globalization;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Head;
using XClassFlow.Stages.Selection.Graph;
using XClassFlow.Stages.Torch;
using XClassFlow.Stages.Training;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Selection;

/// <summary>
/// One shard of the class graph builder: receives the rows of all shards, finds the K nearest classes of its own, and scatters the lists by owner. By the exact method it compares its own classes only; by the
/// approximate one it builds the whole graph (propagation needs everybody's lists) and keeps it for the next refresh, so the graph does not depend on the number of shards.
/// </summary>
public sealed class ClassGraphBuilder : Stage
{
    private readonly ActiveClassesSettings _settings;
    private readonly ClassPartition _partition;
    private readonly int _shard;
    private readonly GraphMethod _method;
    private readonly Func<ClassGraphState[]?> _restore;
    private readonly Outlet<NeighbourLists> _neighbours;
    private NeighbourTable? _last;
    private long _lastStep = -1;

    /// <param name="settings">K and the method.</param>
    /// <param name="partition">Which shard owns which classes.</param>
    /// <param name="shard">This shard.</param>
    /// <param name="restore">Gives the graph of a checkpoint, one part per shard, or null; called once, on the stage's thread.</param>
    public ClassGraphBuilder(ActiveClassesSettings settings, ClassPartition partition, int shard, Func<ClassGraphState[]?> restore)
    {
        _settings = settings;
        _partition = partition;
        _shard = shard;
        _method = ClassGraphs.Resolve(settings.Graph, partition.Classes);
        _restore = restore;
        Gather<WeightRows>("rows", OnRows);
        _neighbours = Out<NeighbourLists>("neighbours");
    }

    public override void Start()
    {
        if (_method == GraphMethod.Approximate && _restore() is { } parts)
        {
            _last = StoredGraph.Join(parts, _partition, _settings.Neighbours);
            _lastStep = _last is null ? -1 : parts[0].Step;
        }
    }

    protected override void Dispose(bool disposing)
    {
        _last?.Dispose();
        _last = null;
        base.Dispose(disposing);
    }

    private void OnRows(IReadOnlyList<WeightRows> parts)
    {
        var clock = Stopwatch.StartNew();
        var team = new WorkerTeam(get_num_threads(), CancellationToken.None);
        var memory = (long)_settings.GraphMemoryMib << 20;
        var (start, count) = (_partition.StartOf(_shard), _partition.CountOf(_shard));
        using var rows = new MemoryRows(
            [.. parts.Select(p => new RowSegment(p.ClassStart, p.Rows.shape[0], TensorMemory.AddressOf(p.Rows)))], (int)parts[0].Rows.shape[1], TensorMemory.TypeOf(parts[0].Rows.dtype), team, "class weights");
        if (_method == GraphMethod.Exact)
        {
            using var exact = ExactGraph.Build(rows, start, count, _settings.Neighbours, memory, team, new BuildClock(null));
            Send(parts[0].Step, exact, 1, clock);
        }
        else
        {
            var recall = Follow(parts[0].Step, rows, memory, team);
            Send(parts[0].Step, _last!, recall, clock);
        }

        foreach (var part in parts)
        {
            GC.KeepAlive(part.Rows);
        }
    }

    // Brings the last graph up to date, or builds a new one where that is not enough. Returns its recall.
    private double Follow(long step, MemoryRows rows, long memory, WorkerTeam team)
    {
        var settings = new ApproximateGraphSettings { K = _settings.Neighbours, Memory = memory, TargetRecall = _settings.GraphRecall, Seed = Context.RunSeed };
        if (_last is not null && _lastStep == step)
        {
            // A resumed run: these very rows made the checkpoint's graph.
            return GraphRecall.Measure(rows, _last, settings.Sample, settings.Seed, team);
        }

        if (_last is not null)
        {
            var refreshed = ApproximateGraph.Refresh(rows, _last, 1, settings, team, null);
            if (refreshed.Recall >= _settings.GraphRecall)
            {
                return Take(step, refreshed, "refreshed");
            }

            refreshed.Dispose();
        }

        return Take(step, ApproximateGraph.Build(rows, settings, team, null), "built");
    }

    private double Take(long step, GraphBuild build, string how)
    {
        _last?.Dispose();
        (_last, _lastStep) = (build.Table, step);
        if (_shard == 0)
        {
            Context.Note(string.Create(CultureInfo.InvariantCulture, $"class graph for step {step}: {how} in {build.Seconds:F1} s, recall {build.Recall:F4}"));
        }

        return build.Recall;
    }

    private void Send(long step, NeighbourTable table, double recall, Stopwatch clock)
    {
        for (var owner = 0; owner < _partition.Shards; owner++)
        {
            var (offsets, rows, ranks) = OwnedBy(owner, table);
            _neighbours.SendTo(owner, new NeighbourLists(
                step, 0, _partition.StartOf(_shard), tensor(offsets), tensor(rows), tensor(ranks), clock.Elapsed.TotalSeconds, recall));
        }
    }

    private (long[] Offsets, int[] Rows, int[] Ranks) OwnedBy(int owner, NeighbourTable table)
    {
        var (first, classes) = (_partition.StartOf(_shard), (int)_partition.CountOf(_shard));
        var (start, count) = (_partition.StartOf(owner), _partition.CountOf(owner));
        var offsets = new long[classes + 1];
        for (var c = 0; c < classes; c++)
        {
            offsets[c + 1] = offsets[c];
            foreach (var id in table.Of(first + c))
            {
                offsets[c + 1] += id >= start && id < start + count ? 1 : 0;
            }
        }

        // Counted first: lists that grow would hold every entry twice for a moment.
        var (rows, ranks) = (new int[offsets[classes]], new int[offsets[classes]]);
        for (var (c, next) = (0, 0); c < classes; c++)
        {
            var list = table.Of(first + c);
            for (var rank = 0; rank < list.Length; rank++)
            {
                if (list[rank] >= start && list[rank] < start + count)
                {
                    (rows[next], ranks[next++]) = ((int)(list[rank] - start), rank);
                }
            }
        }

        return (offsets, rows, ranks);
    }
}
