// Builds the class graph and gives every shard the neighbours it owns.
using System.Diagnostics;
using System.Globalization;
using XClassFlow.Data;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Head;
using XClassFlow.Stages.Selection.Graph;
using XClassFlow.Stages.Torch;
using XClassFlow.Stages.Training;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Selection;

/// <summary>
/// Receives the rows of all shards, finds the K nearest classes, and scatters the lists by owner. By the exact method there is a builder for every shard, which looks at the shard's classes only. By the
/// approximate one there is a single builder, since propagation needs everybody's lists; it keeps the graph for the next refresh. So the graph does not depend on the number of shards.
/// </summary>
public sealed class ClassGraphBuilder : Stage
{
    private readonly ActiveClassesSettings _settings;
    private readonly ClassPartition _partition;
    private readonly double _scale;
    private readonly (long First, long Count) _classes;
    private readonly GraphMethod _method;
    private readonly Func<IReadOnlyList<StoredGraph>> _restore;
    private readonly long? _graphAtStart;
    private readonly Outlet<NeighbourLists> _neighbours;
    private SharedTable? _last;

    /// <param name="settings">K and the method.</param>
    /// <param name="scale">Of the softmax.</param>
    /// <param name="partition">Which shard owns which classes.</param>
    /// <param name="builder">Which of the <see cref="Builders"/>.</param>
    /// <param name="restore">Gives the graphs of a checkpoint, the one in use first; called once, on the stage's thread.</param>
    /// <param name="graphAtStart">The step whose graph all wait for at the start; null where there is none.</param>
    internal ClassGraphBuilder(ActiveClassesSettings settings, double scale, ClassPartition partition, int builder, Func<IReadOnlyList<StoredGraph>> restore, long? graphAtStart)
    {
        _settings = settings;
        _scale = scale;
        _partition = partition;
        _method = ClassGraphs.Resolve(settings.Graph, partition.Classes);
        _classes = _method == GraphMethod.Exact ? (partition.StartOf(builder), partition.CountOf(builder)) : (0, partition.Classes);
        (_restore, _graphAtStart) = (restore, graphAtStart);
        Gather<WeightRows>("rows", OnRows);
        _neighbours = Out<NeighbourLists>("neighbours");
    }

    /// <summary>How many builders a graph has.</summary>
    /// <param name="method">As configured.</param>
    /// <param name="partition">N classes on S shards.</param>
    public static int Builders(GraphMethod method, ClassPartition partition) => ClassGraphs.Resolve(method, partition.Classes) == GraphMethod.Exact ? partition.Shards : 1;

    /// <summary>A resumed run goes on with the checkpoint's graph, whatever the number of shards that wrote it.</summary>
    public override void Start()
    {
        foreach (var stored in _restore())
        {
            Dispose(ref _last);
            _last = stored.Graph;
            Send(stored.Step, _last, stored.Recall, stored.Regions, Stopwatch.StartNew(), Team(get_num_threads()));
        }

        ForgetIfExact();
    }

    protected override void Dispose(bool disposing)
    {
        Dispose(ref _last);
        base.Dispose(disposing);
    }

    private WorkerTeam Team(int threads) => new(threads, CancellationToken.None, Context.Alive);

    // Beside training by a few; where training waits, by all.
    private int ThreadsFor(long step) => _settings.GraphDelay == 0 || step == _graphAtStart
        ? get_num_threads()
        : _settings.RebuildThreads > 0 ? _settings.RebuildThreads : Math.Max(1, get_num_threads() / 4);

    private void OnRows(IReadOnlyList<WeightRows> parts)
    {
        var clock = Stopwatch.StartNew();
        var team = Team(ThreadsFor(parts[0].Step));
        var memory = (long)_settings.GraphMemoryMib << 20;
        using var rows = Open(parts, team);
        var recall = 1.0;
        if (_method == GraphMethod.Exact)
        {
            _last = new SharedTable(ExactGraph.Build(rows, _classes.First, _classes.Count, _settings.Neighbours, memory, team, new BuildClock(null)));
        }
        else
        {
            recall = Follow(parts[0].Step, rows, memory, team);
        }

        // The first builder sends everybody the regions; all have the same rows.
        var regions = _settings.UsesRegions && _classes.First == 0 ? ClassRegions.Build(rows, _scale, Context.RunSeed, team) : null;
        Send(parts[0].Step, _last!, recall, regions, clock, team);
        ForgetIfExact();
        foreach (var part in parts)
        {
            GC.KeepAlive(part.Rows);
        }
    }

    // Weights that are no numbers are a run's failure, where the command `graph build` takes them for a mistake in its input.
    private static MemoryRows Open(IReadOnlyList<WeightRows> parts, WorkerTeam team)
    {
        try
        {
            return new MemoryRows(
                [.. parts.Select(p => new RowSegment(p.ClassStart, p.Rows.shape[0], TensorMemory.AddressOf(p.Rows)))], (int)parts[0].Rows.shape[1], TensorMemory.TypeOf(parts[0].Rows.dtype), team, "class weights");
        }
        catch (UserErrorException e)
        {
            throw new RunFailureException($"before step {parts[0].Step + 1}: {e.What}, so no class graph can be built of them; look at the samples, or lower the learning rates, and go on from the last checkpoint", e);
        }
    }

    // Only the approximate method goes on from the last graph.
    private void ForgetIfExact()
    {
        if (_method == GraphMethod.Exact)
        {
            Dispose(ref _last);
        }
    }

    // Brings the last graph up to date, or builds a new one where that is not enough. Returns its recall.
    private double Follow(long step, MemoryRows rows, long memory, WorkerTeam team)
    {
        var settings = new ApproximateGraphSettings { K = _settings.Neighbours, Memory = memory, TargetRecall = _settings.GraphRecall, Seed = Context.RunSeed };
        if (_last is not null)
        {
            var refreshed = ApproximateGraph.Refresh(rows, _last.Table, 1, settings, team, null);

            // The old table is of no more use, and a new build needs the room.
            Dispose(ref _last);
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
        _last = new SharedTable(build.Table);
        Context.Note(string.Create(CultureInfo.InvariantCulture, $"class graph for step {step}: {how} in {build.Seconds:F1} s, recall {build.Recall:F4}"));
        return build.Recall;
    }

    private void Send(long step, SharedTable graph, double recall, ClassRegions? regions, Stopwatch clock, WorkerTeam team)
    {
        using var owned = regions;
        for (var owner = 0; owner < _partition.Shards; owner++)
        {
            var (rows, masks) = _partition.Shards == 1
                ? (graph.Share(), null)
                : OwnedNeighbours.Of(graph.Table, _classes.First, _classes.Count, _partition.StartOf(owner), _partition.CountOf(owner), team);
            _neighbours.SendTo(owner, new NeighbourLists(step, 0, _classes.First, _settings.Neighbours, rows, masks, clock.Elapsed.TotalSeconds, recall, regions?.Of.alias(), regions?.Affinities.alias()));
        }
    }

    private static void Dispose(ref SharedTable? table)
    {
        table?.Dispose();
        table = null;
    }
}
