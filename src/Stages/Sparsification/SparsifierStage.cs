// One rank's end of the exchange of sparse gradients: compress, all-gather, merge.
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Training;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Sparsification;

/// <summary>
/// Stands between the backbone and the all-reduce. Step by step, as the supervisor planned, it passes a gradient on to the all-reduce as it is or with all that waited, or it sends the
/// largest values to all ranks and merges theirs in the order of the ranks, so that all have the same bits whatever arrives first. Segments come last first, so after segment 0 a step is
/// over; what a guarded one changes here waits for the backbone's verdict, and so does the next step. Then the state goes to the checkpoint where one is due. Owns residuals and momentum.
/// </summary>
public sealed class SparsifierStage : Stage
{
    private readonly Func<GradientSparsifier> _create;
    private readonly Func<IReadOnlyDictionary<string, Tensor>?> _restore;
    private readonly string _file;
    private readonly int _writer;
    private readonly Dictionary<long, StepPlan> _plans = [];
    private readonly Queue<(long Step, int Segment, long Length)> _open = [];
    private readonly Outlet<SegmentGradient> _whole;
    private readonly Outlet<SparseGradientPart> _parts;
    private readonly Outlet<CorrectedGradient> _merged;
    private readonly Outlet<StateSnapshot> _snapshots;
    private GradientSparsifier? _sparsifier;
    private StepPlan? _undecided;
    private bool? _verdict;
    private bool _allIn;
    private bool _lent;

    /// <param name="create">Makes the sparsifier; called once, on the stage's thread.</param>
    /// <param name="restore">Gives this rank's residuals of a checkpoint by name, or null; they stay the giver's.</param>
    /// <param name="file">The file of a checkpoint that holds this rank's residuals.</param>
    /// <param name="writer">The checkpoint writer of this node.</param>
    public SparsifierStage(Func<GradientSparsifier> create, Func<IReadOnlyDictionary<string, Tensor>?> restore, string file, int writer = 0)
    {
        _create = create;
        _restore = restore;
        _file = file;
        _writer = writer;
        In<PlanMessage>("plans", OnPlan);
        In<SegmentGradient>("gradients", OnGradient, m => !_lent && (_undecided?.Step ?? m.Step) == m.Step && _plans.ContainsKey(m.Step));
        Gather<SparseGradientPart>("parts", OnParts, feedback: true);
        In<StepVerdict>("verdicts", OnVerdict, feedback: true);
        In<SnapshotWritten>("written", _ => _lent = false, feedback: true);
        _whole = Out<SegmentGradient>("whole");
        _parts = Out<SparseGradientPart>("parts");
        _merged = Out<CorrectedGradient>("merged");
        _snapshots = Out<StateSnapshot>("snapshots");
    }

    /// <summary>A merge needs the parts of all ranks: when the own ones have come back, nothing is owed to the others either. A verdict comes on every step that waits for one.</summary>
    public override bool IsFinished => _open.Count == 0 && _undecided is null;

    private GradientSparsifier Sparsifier => _sparsifier ?? throw new InvalidOperationException("the sparsifier has not started");

    public override void Start()
    {
        _sparsifier = _create();
        if (_restore() is { } residuals)
        {
            _sparsifier.Load(residuals);
        }
    }

    protected override void Dispose(bool disposing)
    {
        _sparsifier?.Dispose();
        base.Dispose(disposing);
    }

    private void OnPlan(PlanMessage message)
    {
        if (message.Plan.Phase == StepPhase.Train)
        {
            _plans.Add(message.Step, message.Plan);
        }
    }

    private void OnGradient(SegmentGradient message)
    {
        Shapes.Require(message.Gradient, "segment gradient", ScalarType.Float32, -1);
        var (step, segment, plan) = (message.Step, message.MicroBatch, _plans[message.Step]);
        if (plan is { Guarded: true, GradientPath: not GradientPath.Whole } && !message.LeftOut)
        {
            _undecided = plan;
        }

        var undecided = _undecided is not null;
        switch (plan.GradientPath)
        {
            case var _ when message.LeftOut:
                break;
            case GradientPath.Whole:
                _whole.Send(message);
                break;
            case GradientPath.Flush:
                _whole.Send(message with { Gradient = Sparsifier.Flush(segment, message.Gradient, undecided) });
                break;
            default:
                _open.Enqueue((step, segment, message.Gradient.shape[0]));
                _parts.Send(new SparseGradientPart(step, segment, Sparsifier.Compress(segment, message.Gradient, plan.GradientRatio, undecided)));
                break;
        }

        if (segment == 0)
        {
            _plans.Remove(step);
            _allIn = undecided;
            if (undecided)
            {
                EndIfDecided();
            }
            else
            {
                End(plan);
            }
        }
    }

    // Verdicts come on whole steps too, which change nothing here.
    private void OnVerdict(StepVerdict verdict)
    {
        if (verdict.Step == _undecided?.Step)
        {
            _verdict = verdict.Applied;
            EndIfDecided();
        }
    }

    private void EndIfDecided()
    {
        if (_allIn && _verdict is { } applied && _undecided is { } plan)
        {
            Sparsifier.Decide(applied);
            (_undecided, _verdict, _allIn) = (null, null, false);
            End(plan);
        }
    }

    private void End(StepPlan plan)
    {
        if (plan.Checkpoint)
        {
            Lend(plan.Step);
        }
    }

    private void OnParts(IReadOnlyList<SparseGradientPart> parts)
    {
        var (step, segment) = (parts[0].Step, parts[0].MicroBatch);
        if (!_open.TryDequeue(out var open) || (open.Step, open.Segment) != (step, segment))
        {
            throw new InvalidOperationException($"parts came for segment {segment} of step {step}, which is not the one under way");
        }

        foreach (var part in parts)
        {
            Shapes.Require(part.Code, "code of a sparse gradient", ScalarType.Byte, -1);
        }

        _merged.Send(new CorrectedGradient(step, segment, SparseGradients.Merge([.. parts.Select(p => p.Code)], open.Length)));
    }

    private void Lend(long step)
    {
        _lent = true;
        var tensors = Sparsifier.NamedTensors();
        _snapshots.SendTo(_writer, new StateSnapshot(step, 0, _file, [], [.. tensors.Select(t => t.Name)], [.. tensors.Select(t => t.Tensor.detach())]));
    }
}
