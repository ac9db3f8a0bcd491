// The class-parallel final layer: one shard of the class weights, with its part of the softmax cross-entropy.
using XClassFlow.Stages.Auditing;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Selection;
using XClassFlow.Stages.Training;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Head;

/// <summary>
/// One of S shards of the final layer. For every micro-batch: embeddings of all ranks in (all-gather), softmax statistics exchanged with the other shards
/// (all-reduce), its part of dLoss/dX out to each rank (reduce-scatter). dW never leaves; the active rows are updated after the step's last micro-batch,
/// while dX is already on its way, or where the step is guarded, when the backbones have seen their gradient.
/// </summary>
public sealed class ShardedFc : Stage
{
    private readonly HeadSettings _settings;
    private readonly ClassPartition _partition;
    private readonly int _shard;
    private readonly int _width;
    private readonly long? _graphAtStart;
    private readonly int _topK;
    private readonly Func<ClassRowsState?> _restore;
    private readonly int _writer;
    private readonly ShardAudit? _audit;
    private readonly Queue<ActiveSet> _activeSets = [];
    private readonly Dictionary<int, (SoftmaxInFlight Pass, int[] RankRows)> _inFlight = [];
    private readonly Outlet<SoftmaxPart> _statistics;
    private readonly Outlet<EmbeddingGradient> _gradients;
    private readonly Outlet<Candidates> _candidates;
    private readonly Outlet<HeadReport> _reports;
    private readonly Outlet<WeightRows> _rows;
    private readonly Outlet<StateSnapshot> _snapshots;
    private readonly Outlet<AuditRows> _auditRows;
    private readonly Outlet<AuditPart> _audits;
    private ClassWeights? _weights;
    private IStepSoftmax? _softmax;
    private int _forwarded;
    private StepPlan? _plan;
    private int _reduced;
    private bool? _leftOut;
    private double _loss;
    private double _hits;
    private bool _lent;

    /// <param name="settings">Head settings.</param>
    /// <param name="partition">Which shard owns which classes.</param>
    /// <param name="shard">This shard.</param>
    /// <param name="width">D.</param>
    /// <param name="topK">Candidates per sample in evaluation.</param>
    /// <param name="graphAtStart">The step for which a class graph must be built before the first one; null where none is needed.</param>
    /// <param name="restore">Gives rows and state from a checkpoint, or null for new ones; called once, on the shard's thread.</param>
    /// <param name="writer">The checkpoint writer of this node.</param>
    /// <param name="audit">Holds steps against all classes; null where none is audited.</param>
    internal ShardedFc(
        HeadSettings settings,
        ClassPartition partition,
        int shard,
        int width,
        int topK,
        long? graphAtStart,
        Func<ClassRowsState?> restore,
        int writer = 0,
        ShardAudit? audit = null)
    {
        _settings = settings;
        _partition = partition;
        _shard = shard;
        _width = width;
        _topK = topK;
        _graphAtStart = graphAtStart;
        _restore = restore;
        _writer = writer;
        _audit = audit;
        In<ActiveSet>("active", OnActive, _ => _activeSets.Count < 2);
        Gather<EmbeddingPart>("embeddings", OnEmbeddings, CanStart);
        Gather<SoftmaxPart>("statistics", OnStatistics, feedback: true);
        Gather<AuditRows>("audit_rows", OnAuditRows, rows => _plan?.Step == rows.Step, feedback: true);
        Gather<StepVerdict>("verdicts", OnVerdicts, feedback: true);
        In<SnapshotWritten>("written", _ => _lent = false, feedback: true);
        _statistics = Out<SoftmaxPart>("statistics");
        _gradients = Out<EmbeddingGradient>("embedding_gradients");
        _candidates = Out<Candidates>("candidates");
        _reports = Out<HeadReport>("reports");
        _rows = Out<WeightRows>("rows");
        _snapshots = Out<StateSnapshot>("snapshots");
        _auditRows = Out<AuditRows>("audit_rows");
        _audits = Out<AuditPart>("audits");
    }

    private ClassWeights Weights => _weights ?? throw new InvalidOperationException("the shard has not started");

    private long ClassStart => _partition.StartOf(_shard);

    public override void Start()
    {
        var state = _restore();
        _weights = state is null
            ? ClassWeights.Create(ClassStart, _partition.CountOf(_shard), _width, Context.RunSeed, _settings.Update, _settings.Weights.Type)
            : ClassWeights.Restore(ClassStart, state, Context.RunSeed, _settings.Update);
        if (_graphAtStart is { } step)
        {
            SendRows(step, copy: false);
        }
    }

    protected override void Dispose(bool disposing)
    {
        _softmax?.Dispose();
        foreach (var set in _activeSets)
        {
            set.Dispose();
        }

        _audit?.Dispose();
        _weights?.Dispose();
        base.Dispose(disposing);
    }

    private void OnActive(ActiveSet set)
    {
        if (set.Rows is not null)
        {
            Shapes.Require(set.Rows, "active rows", ScalarType.Int64, -1);
            Keep(set.Rows);
            _ = set.Represents is null ? null : Keep(set.Represents);
        }

        _activeSets.Enqueue(set);
    }

    private bool CanStart(EmbeddingPart part)
    {
        if (_lent)
        {
            return false;
        }

        var plan = part.Plan;
        return plan.Phase == StepPhase.Evaluate
            ? _plan is null
            : _plan?.Step == plan.Step || (_plan is null && _activeSets.TryPeek(out var set) && set.Step == plan.Step);
    }

    private void OnEmbeddings(IReadOnlyList<EmbeddingPart> parts)
    {
        foreach (var (rank, part) in parts.Index())
        {
            Shapes.Require(part.Embeddings, $"embeddings of rank {rank}", ScalarType.Float32, -1, _width);
            Shapes.Require(part.Labels, $"labels of rank {rank}", ScalarType.Int64, part.Embeddings.shape[0]);
        }

        var embeddings_bD = parts.Count == 1 ? parts[0].Embeddings : cat([.. parts.Select(p => p.Embeddings)], 0);
        var labels_b = parts.Count == 1 ? parts[0].Labels : cat([.. parts.Select(p => p.Labels)], 0);
        var labels = labels_b.data<long>().ToArray();
        var plan = parts[0].Plan;
        if (plan.Phase == StepPhase.Evaluate)
        {
            var (scores, classes, statistics) = ClassScores.Of(Weights, _settings, plan.Step, ClassStart, embeddings_bD, labels, _topK);
            _candidates.Send(new Candidates(plan.Step, parts[0].MicroBatch, plan, scores, classes, statistics, labels_b));
            return;
        }

        if (_plan is null)
        {
            Begin(plan);
            _audit?.MeasureExact(Weights, ClassStart, embeddings_bD, labels);
        }

        var pass = _softmax!.Forward(embeddings_bD, labels, _forwarded);
        _forwarded += labels.Length;
        _inFlight[parts[0].MicroBatch] = (pass, [.. parts.Select(p => (int)p.Embeddings.shape[0])]);
        _statistics.Send(new SoftmaxPart(plan.Step, parts[0].MicroBatch, pass.Statistics));
    }

    private void Begin(StepPlan plan)
    {
        var set = _activeSets.Dequeue();
        var active = ActiveRows.Of(set, ClassStart, Weights.Count);
        _softmax = active.Count == 1
            ? new ShardSoftmax(Weights, _settings, active[0], plan.Step, plan.GlobalBatch)
            : new GroupedSoftmax(Weights, _settings, active, set.GroupSamples, plan.Step, plan.GlobalBatch);
        _plan = plan;
        if (_audit?.Begin(plan, set, Weights, ClassStart, Context.RunSeed) is { } rows)
        {
            _auditRows.Send(rows);
        }

        set.Dispose();
        (_reduced, _forwarded, _loss, _hits, _leftOut) = (0, 0, 0, 0, null);
    }

    private void OnStatistics(IReadOnlyList<SoftmaxPart> parts)
    {
        var plan = _plan!;
        var microBatch = parts[0].MicroBatch;
        var (pass, rankRows) = _inFlight[microBatch];
        foreach (var part in parts)
        {
            Shapes.Require(part.Statistics, "softmax statistics", ScalarType.Float32, 5, pass.Samples);
        }

        var reduction = SoftmaxReduction.Of([.. parts.Select(p => p.Statistics)]);
        _audit?.MeasureActive(microBatch, reduction);
        _loss += reduction.LossSum(_settings.LabelSmoothing);
        _hits += (reduction.Target >= reduction.Max).sum().item<long>();
        _inFlight.Remove(microBatch);
        var isLast = ++_reduced == plan.MicroBatches;
        var leftOut = isLast && plan.Forbids(_loss / plan.GlobalBatch);
        var gradient_bD = pass.Backward(reduction.LogSum, reduction.ActiveWeight!);
        for (int rank = 0, row = 0; rank < rankRows.Length; row += rankRows[rank], rank++)
        {
            _gradients.SendTo(rank, new EmbeddingGradient(plan.Step, microBatch, gradient_bD.narrow(0, row, rankRows[rank]), leftOut));
        }

        if (isLast)
        {
            // A guarded step waits for what the reduced gradient of the backbone turns out to be; the backbones run forward for the next step meanwhile.
            _leftOut = leftOut ? true : plan.Guarded ? null : false;
            EndIfComplete(plan);
        }
    }

    private void OnVerdicts(IReadOnlyList<StepVerdict> verdicts)
    {
        if (_plan is not { } plan || plan.Step != verdicts[0].Step || _reduced != plan.MicroBatches || _leftOut is not null)
        {
            throw new InvalidOperationException($"a verdict came on step {verdicts[0].Step}, which does not wait for one");
        }

        _leftOut = !verdicts.All(v => v.Applied);
        EndIfComplete(plan);
    }

    private void OnAuditRows(IReadOnlyList<AuditRows> parts)
    {
        _audit!.Compare(parts, Weights, ClassStart);
        EndIfComplete(_plan!);
    }

    // An audit is of the rows before the update, so the update waits for it.
    private void EndIfComplete(StepPlan plan)
    {
        if (_leftOut is { } leftOut && _audit is not { IsComplete: false })
        {
            End(plan, leftOut);
        }
    }

    // Every shard has summed the same statistics in the same order, so all leave out the same steps without asking each other.
    private void End(StepPlan plan, bool leftOut)
    {
        if (_audit?.End() is { } part)
        {
            _audits.Send(part);
        }

        if (leftOut)
        {
            _softmax!.LeaveOut();
        }
        else
        {
            _softmax!.Update(plan.HeadRate);
        }

        _reports.Send(new HeadReport(
            plan.Step,
            0,
            _loss / plan.GlobalBatch,
            _hits / plan.GlobalBatch,
            _softmax.RowsPerSample,
            leftOut ? 0 : _softmax.UpdatedRows,
            _softmax.SquaredGradient,
            !leftOut));
        _softmax.Dispose();
        (_softmax, _plan) = (null, null);
        if (plan.GraphRenewal != GraphRenewal.None)
        {
            SendRows(plan.Step + 1, plan.GraphOverlaps);
        }

        if (plan.Checkpoint)
        {
            _lent = true;
            _snapshots.SendTo(_writer, ShardSnapshot.Of(Weights, _partition, _shard, plan.Step));
        }
    }

    // The rows as they stand now, for the graph that selections from `step` on use (after a resume with other shards `step` may lie before now). They are brought up to date where
    // they lie and sent as they are, in the memory they lie in: nothing writes there before the next update, which waits for its active set, which waits for this graph; where updates go on meanwhile, the builder gets a copy.
    private void SendRows(long step, bool copy)
    {
        Weights.CatchUp();
        _audit?.Remember(step, Weights, ClassStart, Context.RunSeed);
        _rows.Send(new WeightRows(step, 0, ClassStart, copy ? Weights.Weight.clone() : Weights.Weight.detach()));
    }
}
