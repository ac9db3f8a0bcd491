// One replica of the backbone: forward, backward segment by segment, and the update of its parameters.
using System.Diagnostics;
using XClassFlow.Stages.Backbones;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Optimizers;
using XClassFlow.Stages.Sparsification;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>
/// The data-parallel part of a rank. At most <c>inFlight</c> micro-batches wait for their gradient at a time; their activations are kept segment by segment.
/// A segment's gradient leaves as soon as the step's last micro-batch has passed it, while earlier segments still run backward; the update is applied
/// as the reduced gradients come back, and the next step starts when all have. After a step that an evaluation or a checkpoint follows, the ranks take the mean of their
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
    private readonly Outlet<BackboneReport> _reports;
    private readonly Outlet<StateSnapshot> _snapshots;
    private Backbone? _backbone;
    private IBackboneOptimizer? _optimizer;
    private StepPlan? _plan;
    private int _backward;
    private int _updated;
    private double _squaredNorm;
    private bool _lent;
    private bool _training = true;
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
        In<SegmentGradient>("reduced", m => Update(m.MicroBatch, m.Gradient, corrected: _plan!.GradientPath == GradientPath.Flush), feedback: true);
        In<CorrectedGradient>("merged", m => Update(m.MicroBatch, m.Gradient, corrected: true), feedback: true);
        Gather<BackboneStatistics>("statistics", OnStatistics, feedback: true);
        In<SnapshotWritten>("written", _ => _lent = false, feedback: true);
        _embeddings = Out<EmbeddingPart>("embeddings");
        _gradients = Out<SegmentGradient>("segment_gradients");
        _statistics = Out<BackboneStatistics>("statistics");
        _reports = Out<BackboneReport>("reports");
        _snapshots = Out<StateSnapshot>("snapshots");
    }

    public override bool RecordsGradients => true;

    private Backbone Backbone => _backbone ?? throw new InvalidOperationException("the backbone has not started");

    public override void Start()
    {
        _backbone = _create(Seeds.Mix(Context.RunSeed, Seeds.Hash("backbone")));
        _optimizer = _createOptimizer(_backbone);
        if (_restore() is { } tensors)
        {
            _backbone.Load(tensors, WeightsFile);
            _optimizer.Load(
                tensors.Where(t => t.Key.StartsWith(OptimizerPrefix, StringComparison.Ordinal)).ToDictionary(t => t.Key[OptimizerPrefix.Length..], t => t.Value),
                WeightsFile);
        }
    }

    protected override void Dispose(bool disposing)
    {
        foreach (var activation in _waiting.Values.SelectMany(a => a))
        {
            activation.Dispose();
        }

        _optimizer?.Dispose();
        _backbone?.Dispose();
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
            SetMode(training: false);
            using var noGrad = no_grad();
            _embeddings.Send(new EmbeddingPart(batch.Step, batch.MicroBatch, batch.Plan, Backbone.Forward(batch.Inputs), batch.Labels));
            return;
        }

        SetMode(training: true);
        _plan = batch.Plan;
        var activations = new List<SegmentActivations>();
        var input = Keep(batch.Inputs);
        foreach (var segment in Backbone.Segments)
        {
            if (activations.Count > 0)
            {
                input = Keep(input.detach().requires_grad_());
            }

            var output = Keep(segment.Forward(input));
            activations.Add(new SegmentActivations(input, output));
            input = output;
        }

        _waiting[batch.MicroBatch] = [.. activations];
        _embeddings.Send(new EmbeddingPart(batch.Step, batch.MicroBatch, batch.Plan, input.detach(), batch.Labels));
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
        var held = new List<SegmentGradient>();
        var gradient = OrderedSum.Of([.. parts.Select(p => p.Gradient)]);
        for (var i = activations.Length - 1; i >= 0; i--)
        {
            var segment = Backbone.Segments[i];
            using var activation = activations[i];
            if (activation.Output.requires_grad)
            {
                activation.Output.backward([gradient]);
            }

            gradient = i > 0 ? activation.Input.grad?.detach() ?? zeros_like(activation.Input) : gradient;
            if (isLast)
            {
                held.Add(new SegmentGradient(_plan.Step, i, segment.TakeFlatGradient()));
            }

            if (_overlap || i == 0)
            {
                held.ForEach(_gradients.Send);
                held.Clear();
            }
        }
    }

    private void Update(int number, Tensor gradient, bool corrected)
    {
        using var noGrad = no_grad();
        var segment = Backbone.Segments[number];
        Shapes.Require(gradient, $"gradient of segment {segment.Name}", ScalarType.Float32, segment.ParameterCount);
        _squaredNorm += gradient.Squared().sum(ScalarType.Float64).item<double>();
        if (corrected)
        {
            ((ICorrectedOptimizer)_optimizer!).ApplyCorrected(segment, gradient, _plan!.BackboneRate);
        }
        else
        {
            _optimizer!.Apply(segment, gradient, _plan!.BackboneRate);
        }

        if (++_updated < Backbone.Segments.Count)
        {
            return;
        }

        if (_plan.SyncStatistics && Backbone.UsesBatchStatistics && Context.Receivers(_statistics) > 1)
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
        _reports.Send(new BackboneReport(plan.Step, 0, Math.Sqrt(_squaredNorm), _paced ? _clock.Elapsed.TotalSeconds : 0));
        _clock.Restart();
        _paced = !plan.SyncStatistics;
        (_plan, _backward, _updated, _squaredNorm) = (null, 0, 0, 0);
        if (plan.Checkpoint)
        {
            _lent = true;
            if (_rank == 0)
            {
                var tensors = Backbone.NamedTensors().Concat(
                    _optimizer!.NamedTensors().Select(t => new NamedTensor(OptimizerPrefix + t.Name, t.Tensor))).ToArray();
                _snapshots.SendTo(_writer, new StateSnapshot(
                    plan.Step, 0, WeightsFile, [], [.. tensors.Select(t => t.Name)], [.. tensors.Select(t => t.Tensor.detach())]));
            }
        }
    }

    private void SetMode(bool training)
    {
        if (training == _training)
        {
            return;
        }

        _training = training;
        if (training)
        {
            Backbone.Train();
        }
        else
        {
            Backbone.Eval();
        }
    }
}
