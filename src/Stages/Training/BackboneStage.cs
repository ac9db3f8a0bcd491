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
/// A segment's gradient leaves as soon as the step's last micro-batch has passed it, while earlier segments still run backward. It is updated when its reduced gradient is back and the step is
/// decided, and then the next step goes forward through it, while gradients of later segments travel. A guarded step is decided when all ranks have said that their own gradients are numbers
/// (<see cref="GradientCheck"/>); with one rank or sparse gradients, when all reduced ones are there. A step that the head leaves out, or whose gradient is no number, changes nothing, on no
/// rank: all know the same. After a step that an evaluation or a checkpoint follows, the next one waits, and the ranks take the mean of their running statistics, so that neither depends on
/// the rank it is made from.
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
    private readonly Stopwatch _clock = new();
    private readonly Outlet<EmbeddingPart> _embeddings;
    private readonly Outlet<SegmentGradient> _gradients;
    private readonly Outlet<BackboneStatistics> _statistics;
    private readonly Outlet<StepVerdict> _verdicts;
    private readonly Outlet<BackboneReport> _reports;
    private readonly Outlet<StateSnapshot> _snapshots;
    private BackboneReplica? _replica;
    private StepUpdate? _update;
    private StepPasses? _passes;
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
        In<InputBatch>("inputs", OnInputs, batch => !_lent && Passes.CanTake(batch.Plan));
        Gather<EmbeddingGradient>("embedding_gradients", OnEmbeddingGradients, feedback: true);
        In<SegmentGradient>("reduced", m => OnReduced(m.MicroBatch, m.Gradient, corrected: Update.Plan.GradientPath == GradientPath.Flush), feedback: true);
        In<CorrectedGradient>("merged", m => OnReduced(m.MicroBatch, m.Gradient, corrected: true), feedback: true);
        Gather<GradientCheck>("checks", OnChecks, feedback: true);
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

    private StepPasses Passes => _passes ?? throw new InvalidOperationException("the backbone has not started");

    private StepUpdate Update => _update ?? throw new InvalidOperationException("the backbone has not started");

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

        _update = new StepUpdate(_replica, Context.GroupSize, Keep, (plan, applied) => _verdicts.Send(new StepVerdict(plan.Step, 0, applied)));
        _passes = new StepPasses(_replica, _update, _inFlight, _overlap, Keep);
    }

    protected override void Dispose(bool disposing)
    {
        _passes?.Dispose();
        _update?.Dispose();
        _replica?.Dispose();
        base.Dispose(disposing);
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
        Passes.Take(batch);
        Forward();
    }

    private void Forward()
    {
        foreach (var embeddings in Passes.Forward())
        {
            _embeddings.Send(embeddings);
        }
    }

    private void OnEmbeddingGradients(IReadOnlyList<EmbeddingGradient> parts)
    {
        var (pass, plan, isLast) = Passes.End(parts[0].MicroBatch);
        using var ended = pass;
        foreach (var part in parts)
        {
            Shapes.Require(part.Gradient, "embedding gradient", ScalarType.Float32, pass.Output.shape);
        }

        if (!parts[0].LeftOut)
        {
            Backward(pass, plan, OrderedSum.Of([.. parts.Select(p => p.Gradient)]), isLast);
        }

        if (isLast)
        {
            Update.Begin(plan);
        }

        if (parts[0].LeftOut)
        {
            _gradients.Send(SegmentGradient.None(plan.Step));
            Update.LeaveOut();
            Finish(plan);
        }
    }

    private void Backward(MicroBatchPass pass, StepPlan plan, Tensor gradient, bool isLast)
    {
        var held = new List<SegmentGradient>();
        var measured = plan.MeasuresNoise && !Update.IsOnlyPart(plan);
        pass.Backward(gradient, (number, samples) =>
        {
            var segment = Backbone.Segments[number];
            if (measured)
            {
                Update.Gradients.Add(number, segment.TakeFlatGradient(), samples);
            }

            if (isLast)
            {
                held.Add(new SegmentGradient(plan.Step, number, measured ? Update.Gradients.Take(number) : segment.TakeFlatGradient(), Guarded: plan.Guarded));
            }

            if (_overlap || number == 0)
            {
                held.ForEach(_gradients.Send);
                held.Clear();
            }
        });
    }

    private void OnReduced(int number, Tensor gradient, bool corrected)
    {
        var segment = Backbone.Segments[number];
        Shapes.Require(gradient, $"gradient of segment {segment.Name}", ScalarType.Float32, segment.ParameterCount);
        Update.Reduced(number, gradient, corrected);
        GoOn();
    }

    private void OnChecks(IReadOnlyList<GradientCheck> checks)
    {
        Update.Hear(checks);
        GoOn();
    }

    private void GoOn()
    {
        if (Update.IsComplete)
        {
            Finish(Update.Plan);
        }

        Forward();
    }

    private void Finish(StepPlan plan)
    {
        if (plan.SyncStatistics && Backbone.UsesBatchStatistics && Context.Receivers(_statistics) > 1)
        {
            _statistics.Send(new BackboneStatistics(plan.Step, 0, Backbone.FlatStatistics()));
        }
        else
        {
            End(plan);
        }
    }

    private void OnStatistics(IReadOnlyList<BackboneStatistics> parts)
    {
        if (!Update.IsOpen || Update.Plan.Step != parts[0].Step)
        {
            throw new InvalidOperationException($"statistics came for step {parts[0].Step}, which is not under way");
        }

        foreach (var part in parts)
        {
            Shapes.Require(part.Values, "running statistics", ScalarType.Float32, parts[0].Values.shape[0]);
        }

        using var noGrad = no_grad();
        Backbone.LoadStatistics(OrderedSum.MeanOf([.. parts.Select(p => p.Values)]));
        End(Update.Plan);
    }

    private void End(StepPlan plan)
    {
        _reports.Send(Update.Report(_paced ? _clock.Elapsed.TotalSeconds : 0));
        _clock.Restart();
        _paced = !plan.SyncStatistics;
        Update.End();
        if (plan.Checkpoint)
        {
            // A resumed run has no gradient of the step before; neither has one that goes on.
            Update.Gradients.Forget();
            _lent = true;
            if (_rank == 0)
            {
                _snapshots.SendTo(_writer, Replica.Snapshot(plan.Step));
            }
        }
    }
}
