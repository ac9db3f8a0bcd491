// Chooses the active classes of each step on one shard, ahead of the embeddings.
using XClassFlow.Stages.Auditing;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Head;
using XClassFlow.Stages.Training;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Selection;

/// <summary>
/// One shard's selection. It works from the labels alone, so it runs while the backbone does; one selection serves all micro-batches of a step. A step
/// waits for the class graph that its plan names, built from the weights just before it or before an earlier step. Steps before graph-start have none: what the labels leave of the budget is sampled. Where
/// building overlaps training, a graph that came waits for the plan that names it.
/// </summary>
public sealed class ActiveClasses : Stage
{
    private readonly ActiveClassesSettings _settings;
    private readonly ClassPartition _partition;
    private readonly int _shard;
    private readonly int _writer;
    private readonly ClassSelector _selector;
    private readonly Outlet<ActiveSet> _active;
    private readonly Outlet<StateSnapshot> _snapshots;
    private readonly Queue<ClassGraphState> _waiting = [];
    private ClassGraphState? _graph;
    private bool _snapshotDue;
    private StepPlan? _snapshot;

    /// <param name="settings">The rule.</param>
    /// <param name="partition">Which shard owns which classes.</param>
    /// <param name="shard">This shard.</param>
    /// <param name="writer">The checkpoint writer of this node.</param>
    public ActiveClasses(ActiveClassesSettings settings, ClassPartition partition, int shard, int writer = 0)
    {
        _settings = settings;
        _partition = partition;
        _shard = shard;
        _writer = writer;
        _selector = new ClassSelector(partition.StartOf(shard), partition.CountOf(shard), settings.Mode == SelectionMode.Mix);
        Gather<StepLabels>("labels", OnLabels, CanSelect);
        Gather<NeighbourLists>("neighbours", OnNeighbours, feedback: true);
        _active = Out<ActiveSet>("active");
        _snapshots = Out<StateSnapshot>("snapshots");
    }

    /// <summary>A snapshot is due once the graph of the step after it is there, and one that is used later too: its rows are gone then.</summary>
    public override bool CanProduce => _snapshotDue && Has(_snapshot!.NextGraphStep) && (_snapshot.PendingGraphStep is null || Has(_snapshot.PendingGraphStep));

    public override bool IsFinished => !_snapshotDue;

    public override void Produce()
    {
        _snapshotDue = false;
        TakeUp(_snapshot!.NextGraphStep);
        _snapshots.SendTo(_writer, ClassGraphState.Snapshot(_snapshot.Step, _graph, _snapshot.PendingGraphStep is null ? null : _waiting.Peek(), _shard, _partition.Shards));
    }

    // A graph for a later step must not replace the one that a pending snapshot or an earlier step still needs.
    private bool CanSelect(StepLabels labels) => !_snapshotDue && Has(labels.Plan.GraphStep);

    private bool Has(long? step) => _graph?.Step == step || _waiting.Any(g => g.Step == step);

    private void TakeUp(long? step)
    {
        while (_graph?.Step != step)
        {
            // Before the new one is used: the old table's memory is free as soon as the builder lets go of it too.
            _graph?.Dispose();
            _graph = _waiting.Dequeue();
        }
    }

    private void OnNeighbours(IReadOnlyList<NeighbourLists> parts)
    {
        if (_settings.GraphDelay == 0)
        {
            // It is for the next step, so the old table's memory is free as soon as the builder lets go of it too.
            _graph?.Dispose();
            _graph = null;
        }

        var graph = NeighbourIndex.Of(parts);
        foreach (var part in graph.Parts)
        {
            Keep(part.Rows);
            _ = part.Masks is null ? null : Keep(part.Masks);
        }

        var regions = parts[0] is { Regions: { } of, Affinities: { } affinities } ? new ClassRegions(Keep(of), Keep(affinities)) : null;
        _waiting.Enqueue(new ClassGraphState(
            parts[0].Step, parts.Min(p => p.Recall), graph, regions is null ? null : new RegionSampler(regions, _partition.StartOf(_shard), _partition.CountOf(_shard))));
        if (graph.Classes != _partition.Classes)
        {
            throw new InvalidOperationException($"the class graph covers {graph.Classes} of {_partition.Classes} classes");
        }
    }

    private void OnLabels(IReadOnlyList<StepLabels> parts)
    {
        var plan = parts[0].Plan;
        TakeUp(plan.GraphStep);
        if (plan.Checkpoint && _settings.UsesGraph)
        {
            (_snapshotDue, _snapshot) = (true, plan);
        }

        if (_settings.Mode == SelectionMode.All)
        {
            _active.Send(ActiveSet.All(plan.Step, plan.GlobalBatch));
            return;
        }

        var labels = InBatchOrder(plan, parts);
        var budget = ClassPartition.ShareOf(plan.ActiveBudget, _partition.Shards, _shard);
        var group = _settings.GroupOf(plan.GlobalBatch, plan.ActiveBudget, _graph is null ? 0 : plan.NeighbourShare);
        var seed = Context.Seed(plan.Step);
        Selection[] sets =
        [
            .. labels.Chunk(group).Select((part, i) => _selector.Select(part, budget, plan.NeighbourShare, _graph?.Lists, _graph?.Far, i == 0 ? seed : Seeds.Mix(seed, (ulong)i))),
        ];
        var (listedCounts, listed) = plan.Audit && _graph is not null ? Listed() : (null, null);
        _active.Send(new ActiveSet(
            plan.Step,
            0,
            tensor(sets.Length == 1 ? sets[0].Rows : [.. sets.SelectMany(s => s.Rows)]),
            group,
            Array.ConvertAll(sets, s => s.Rows.Length),
            Array.ConvertAll(sets, s => s.LabelRows),
            Array.ConvertAll(sets, s => s.CertainRows),
            sets[0].Represents is null ? null : tensor(sets.Length == 1 ? sets[0].Represents! : [.. sets.SelectMany(s => s.Represents!)]),
            listedCounts,
            listed));
    }

    // The owned rows in the graph's lists of the classes that an audit looks at.
    private (int[] Counts, long[] Rows) Listed()
    {
        var sample = AuditSample.Of(_partition.Classes, _settings.Audit.Classes, Context.RunSeed, _graph!.Step);
        var counts = new int[sample.Length];
        var all = new List<long>();
        var (rows, ranks) = (new int[_graph.Lists.K], new int[_graph.Lists.K]);
        for (var i = 0; i < sample.Length; i++)
        {
            counts[i] = _graph.Lists.Read(sample[i], rows, ranks);
            all.AddRange(rows.Take(counts[i]).Select(r => (long)r));
        }

        return (counts, [.. all]);
    }

    // Ranks send their labels micro-batch after micro-batch. Put back into the order of the global batch, the choice does not depend on the number of ranks.
    private static long[] InBatchOrder(StepPlan plan, IReadOnlyList<StepLabels> parts)
    {
        var labels = new long[plan.GlobalBatch];
        var taken = new int[parts.Count];
        for (var microBatch = 0; microBatch < plan.MicroBatches; microBatch++)
        {
            for (var rank = 0; rank < parts.Count; rank++)
            {
                var (offset, count) = BatchSlices.Of(plan.GlobalBatch, plan.MicroBatches, microBatch, parts.Count, rank);
                Array.Copy(parts[rank].Labels, taken[rank], labels, offset, count);
                taken[rank] += count;
            }
        }

        return labels;
    }
}
