// One replica of the backbone: forward, backward segment by segment, and the update of its parameters.
using System.Diagnostics;
using XClassFlow.Stages.Backbones;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Optimizers;
using XClassFlow.Stages.Sparsification;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>
/// The data-parallel part of a rank. At most <c>inFlight</c> micro-batches wait for their gradient at a time; their activations are kept segment by segment.
/// A segment's gradient leaves as soon as the step's last micro-batch has passed it, while earlier segments still run backward; the update is applied
/// when all reduced gradients are back, and then the next step starts. A step that the head leaves out, or whose reduced gradient is no number, changes nothing, on no rank: all see the
/// same. After a step that an evaluation or a checkpoint follows, the ranks take the mean of their
/// running statistics, so that neither depends on the rank it is made from.
/// </summary>
public sealed class BackboneStage : Stage
{
    /// <summary>The file of a checkpoint that holds parameters and buffers.</summary>
    public const string WeightsFile = "backbone.safetensors";

    /// <summary>Prefix of optimizer state in that file.</summary>
    public const string OptimizerPrefix = "optimizer.";

    private readonly Func<ulong, Backbone> _create;
    private readonly Func<Backbone, IBackboneOptimizer> _createOptimizer;
    private readonly Func<IReadOnlyDictionary<string, Tensor>?> _restore;
    private readonly int _rank;
    private readonly int _inFlight;
    private readonly int _writer;
    private readonly bool _overlap;
    private readonly Dictionary<int, SegmentActivations[]> _waiting = [];
    private readonly Stopwatch _clock = new();
    private readonly Outlet<EmbeddingPart> _embeddings;
    private readonly Outlet<SegmentGradient> _gradients;
    private readonly Outlet<BackboneStatistics> _statistics;
    private readonly Outlet<StepVerdict> _verdicts;
    private readonly Outlet<BackboneReport> _reports;
    private readonly Outlet<StateSnapshot> _snapshots;
    private BackboneReplica? _replica;
    private StepPlan? _plan;
    private StepGradients? _step;
    private int _backward;
    private bool _applied;
    private bool _lent;
    private bool _paced;

    /// <param name="create">Makes the backbone from a seed; called once, on the stage's thread. Equal seeds on all ranks give equal replicas.</param>
    /// <param name="createOptimizer">Makes its optimizer.</param>
    /// <param name="rank">This rank.</param>
    /// <param name="inFlight">Micro-batches whose gradients may be outstanding.</param>
    /// <param name="restore">Gives the tensors of a checkpoint by name, or null; they stay the giver's.</param>
    /// <param name="writer">The checkpoint writer of this node.</param>
    /// <param name="overlap">Whether a segment's gradient leaves while earlier segments still run backward.</param>
    public BackboneStage(
        Func<ulong, Backbone> create,
        Func<Backbone, IBackboneOptimizer> createOptimizer,
        int rank,
        int inFlight,
        Func<IReadOnlyDictionary<string, Tensor>?> restore,
        int writer = 0,
        bool overlap = true)
    {
        _create = create;
        _createOptimizer = createOptimizer;
        _rank = rank;
        _inFlight = inFlight;
        _restore = restore;
        _writer = writer;
        _overlap = overlap;
        In<InputBatch>("inputs", OnInputs, CanForward);
        Gather<EmbeddingGradient>("embedding_gradients", OnEmbeddingGradients, feedback: true);
        In<SegmentGradient>("reduced", m => OnReduced(m.MicroBatch, m.Gradient, corrected: _plan!.GradientPath == GradientPath.Flush), feedback: true);
        In<CorrectedGradient>("merged", m => OnReduced(m.MicroBatch, m.Gradient, corrected: true), feedback: true);
        Gather<BackboneStatistics>("statistics", OnStatistics, feedback: true);
        In<SnapshotWritten>("written", _ => _lent = false, feedback: true);
        _embeddings = Out<EmbeddingPart>("embeddings");
        _gradients = Out<SegmentGradient>("segment_gradients");
        _statistics = Out<BackboneStatistics>("statistics");
        _verdicts = Out<StepVerdict>("verdicts");
        _reports = Out<BackboneReport>("reports");
        _snapshots = Out<StateSnapshot>("snapshots");
    }

    public override bool RecordsGradients => true;

    private StepGradients Gradients => _step ??= new StepGradients(Backbone.Segments.Count, Keep);

    private bool IsOnlyPart => _plan!.MicroBatches == 1 && Context.Receivers(_statistics) <= 1;

    private BackboneReplica Replica => _replica ?? throw new InvalidOperationException("the backbone has not started");

    private Backbone Backbone => Replica.Backbone;

    public override void Start()
    {
        var backbone = _create(Seeds.Mix(Context.RunSeed, Seeds.Hash("backbone")));
        _replica = new BackboneReplica(backbone, _createOptimizer(backbone));
        if (_restore() is { } tensors)
        {
            _replica.Load(tensors);
        }
    }

    protected override void Dispose(bool disposing)
    {
        foreach (var activation in _waiting.Values.SelectMany(a => a))
        {
            activation.Dispose();
        }

        _step?.Dispose();
        _replica?.Dispose();
        base.Dispose(disposing);
    }

    private bool CanForward(InputBatch batch)
    {
        if (_lent || _waiting.Count >= _inFlight)
        {
            return false;
        }

        return batch.Plan.Phase == StepPhase.Evaluate ? _plan is null : _plan is null || _plan.Step == batch.Plan.Step;
    }

    private void OnInputs(InputBatch batch)
    {
        Shapes.Require(batch.Labels, "labels", ScalarType.Int64, -1);
        Shapes.Require(batch.Inputs, "inputs", ScalarType.Float32, [batch.Labels.shape[0], .. Backbone.Segments[0].InputShape]);
        if (batch.Plan.Phase == StepPhase.Evaluate)
        {
            Replica.SetMode(training: false);
            using var noGrad = no_grad();
            _embeddings.Send(new EmbeddingPart(batch.Step, batch.MicroBatch, batch.Plan, Backbone.Forward(batch.Inputs), batch.Labels));
            return;
        }

        Replica.SetMode(training: true);
        if (_plan is null && batch.Plan.Guarded)
        {
            Replica.Remember(Keep);
        }

        _plan = batch.Plan;
        var activations = Replica.Forward(Keep(batch.Inputs), Keep);
        _waiting[batch.MicroBatch] = activations;
        _embeddings.Send(new EmbeddingPart(batch.Step, batch.MicroBatch, batch.Plan, activations[^1].Output.detach(), batch.Labels));
    }

    private void OnEmbeddingGradients(IReadOnlyList<EmbeddingGradient> parts)
    {
        var microBatch = parts[0].MicroBatch;
        if (_plan is null || !_waiting.Remove(microBatch, out var activations))
        {
            throw new InvalidOperationException($"a gradient came for micro-batch {microBatch}, which is not in flight");
        }

        var output = activations[^1].Output;
        foreach (var part in parts)
        {
            Shapes.Require(part.Gradient, "embedding gradient", ScalarType.Float32, output.shape);
        }

        var isLast = ++_backward == _plan.MicroBatches;
        if (parts[0].LeftOut)
        {
            Array.ForEach(activations, a => a.Dispose());
            _gradients.Send(SegmentGradient.None(_plan.Step));
            Finish(applied: false);
            return;
        }

        Backward(activations, OrderedSum.Of([.. parts.Select(p => p.Gradient)]), isLast);
    }

    private void Backward(SegmentActivations[] activations, Tensor gradient, bool isLast)
    {
        var held = new List<SegmentGradient>();
        var measured = _plan!.MeasuresNoise && !IsOnlyPart;
        for (var i = activations.Length - 1; i >= 0; i--)
        {
            var segment = Backbone.Segments[i];
            using var activation = activations[i];
            if (activation.Output.requires_grad)
            {
                activation.Output.backward([gradient]);
            }

            gradient = i > 0 ? activation.Input.grad?.detach() ?? zeros_like(activation.Input) : gradient;
            if (measured)
            {
                Gradients.Add(i, segment.TakeFlatGradient(), (int)activation.Input.shape[0]);
            }

            if (isLast)
            {
                held.Add(new SegmentGradient(_plan.Step, i, measured ? Gradients.Take(i) : segment.TakeFlatGradient()));
            }

            if (_overlap || i == 0)
            {
                held.ForEach(_gradients.Send);
                held.Clear();
            }
        }
    }

    private void OnReduced(int number, Tensor gradient, bool corrected)
    {
        var segment = Backbone.Segments[number];
        Shapes.Require(gradient, $"gradient of segment {segment.Name}", ScalarType.Float32, segment.ParameterCount);
        using var noGrad = no_grad();
        if (!Gradients.Reduced(number, gradient, corrected))
        {
            return;
        }

        if (_plan!.MeasuresNoise && IsOnlyPart && Gradients.IsFinite)
        {
            Gradients.Compare(_plan.Step);
        }

        var applied = !_plan.Guarded || Gradients.IsFinite;
        if (_plan.Guarded)
        {
            _verdicts.Send(new StepVerdict(_plan.Step, 0, applied));
        }

        if (applied)
        {
            Replica.Update(Gradients, _plan.BackboneRate);
        }

        Finish(applied);
    }

    private void Finish(bool applied)
    {
        using var noGrad = no_grad();
        _applied = applied;
        if (!applied)
        {
            Gradients.Forget();
            Replica.TakeBack();
        }

        if (_plan!.SyncStatistics && Backbone.UsesBatchStatistics && Context.Receivers(_statistics) > 1)
        {
            _statistics.Send(new BackboneStatistics(_plan.Step, 0, Backbone.FlatStatistics()));
        }
        else
        {
            End(_plan);
        }
    }

    private void OnStatistics(IReadOnlyList<BackboneStatistics> parts)
    {
        if (_plan is not { } plan || plan.Step != parts[0].Step)
        {
            throw new InvalidOperationException($"statistics came for step {parts[0].Step}, which is not under way");
        }

        foreach (var part in parts)
        {
            Shapes.Require(part.Values, "running statistics", ScalarType.Float32, parts[0].Values.shape[0]);
        }

        using var noGrad = no_grad();
        Backbone.LoadStatistics(OrderedSum.MeanOf([.. parts.Select(p => p.Values)]));
        End(plan);
    }

    private void End(StepPlan plan)
    {
        _reports.Send(new BackboneReport(
            plan.Step,
            0,
            Math.Sqrt(Gradients.SquaredNorm),
            _paced ? _clock.Elapsed.TotalSeconds : 0,
            _applied,
            Gradients.Norms,
            Gradients.PartSquares,
            Gradients.Parts,
            Gradients.Product,
            _applied ? Replica.TrustRatios : null));
        _clock.Restart();
        _paced = !plan.SyncStatistics;
        Gradients.Clear();
        Replica.EndStep();
        (_plan, _backward) = (null, 0);
        if (plan.Checkpoint)
        {
            // A resumed run has no gradient of the step before; neither has one that goes on.
            Gradients.Forget();
            _lent = true;
            if (_rank == 0)
            {
                _snapshots.SendTo(_writer, Replica.Snapshot(plan.Step));
            }
        }
    }
}
