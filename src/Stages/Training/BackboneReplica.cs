// A backbone with its optimizer: what a replica's stage changes, saves and takes back.
using XClassFlow.Stages.Backbones;
using XClassFlow.Stages.Optimizers;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>Owns both. Belongs to the stage's thread.</summary>
/// <param name="backbone">Taken over.</param>
/// <param name="optimizer">Its optimizer; taken over.</param>
internal sealed class BackboneReplica(Backbone backbone, IBackboneOptimizer optimizer) : IDisposable
{
    private Tensor? _statisticsBefore;
    private bool _training = true;

    public Backbone Backbone => backbone;

    /// <summary>What the optimizer multiplied the rate with in the last update; see <see cref="IBackboneOptimizer.TrustRatios"/>.</summary>
    public double[]? TrustRatios => optimizer.TrustRatios();

    /// <summary>Takes up a checkpoint's tensors.</summary>
    /// <param name="tensors">By name; they stay the caller's.</param>
    public void Load(IReadOnlyDictionary<string, Tensor> tensors)
    {
        backbone.Load(tensors, BackboneStage.WeightsFile);
        var prefix = BackboneStage.OptimizerPrefix;
        optimizer.Load(
            tensors.Where(t => t.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(t => t.Key[prefix.Length..], t => t.Value), BackboneStage.WeightsFile);
    }

    /// <summary>Training or evaluation.</summary>
    public void SetMode(bool training)
    {
        if (training == _training)
        {
            return;
        }

        _training = training;
        if (training)
        {
            backbone.Train();
        }
        else
        {
            backbone.Eval();
        }
    }

    /// <summary>Remembers the running statistics of before a step's forward pass, until <see cref="Forget"/> or <see cref="TakeBack"/>.</summary>
    /// <param name="keep">Takes a tensor out of the current call.</param>
    public void Remember(Func<Tensor, Tensor> keep) => _statisticsBefore = backbone.UsesBatchStatistics ? keep(backbone.FlatStatistics()) : null;

    /// <summary>Updates the parameters of one segment.</summary>
    /// <param name="number">The segment.</param>
    /// <param name="gradient">float32 [n], reduced; stays the caller's.</param>
    /// <param name="corrected">Whether it has the momentum in it.</param>
    /// <param name="rate">Learning rate.</param>
    public void Update(int number, Tensor gradient, bool corrected, double rate)
    {
        var segment = backbone.Segments[number];
        if (corrected)
        {
            ((ICorrectedOptimizer)optimizer).ApplyCorrected(segment, gradient, rate);
        }
        else
        {
            optimizer.Apply(segment, gradient, rate);
        }
    }

    /// <summary>Undoes what the forward and backward passes of a step that is left out did: gradients, and running statistics, because the inputs may be what was wrong.</summary>
    public void TakeBack()
    {
        foreach (var parameter in backbone.Segments.SelectMany(s => s.Parameters))
        {
            parameter.grad = null;
        }

        if (_statisticsBefore is not null)
        {
            backbone.LoadStatistics(_statisticsBefore);
        }

        Forget();
    }

    /// <summary>Forgets what was remembered: the step counts.</summary>
    public void Forget()
    {
        _statisticsBefore?.Dispose();
        _statisticsBefore = null;
    }

    /// <summary>Parameters, buffers and optimizer state, sharing their memory.</summary>
    public StateSnapshot Snapshot(long step)
    {
        var tensors = backbone.NamedTensors().Concat(
            optimizer.NamedTensors().Select(t => new NamedTensor(BackboneStage.OptimizerPrefix + t.Name, t.Tensor))).ToArray();
        return new StateSnapshot(step, 0, BackboneStage.WeightsFile, [], [.. tensors.Select(t => t.Name)], [.. tensors.Select(t => t.Tensor.detach())]);
    }

    public void Dispose()
    {
        Forget();
        optimizer.Dispose();
        backbone.Dispose();
    }
}
