// Adam with decoupled weight decay for the backbone.
using XClassFlow.Data;
using XClassFlow.Stages.Backbones;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Optimizers;

/// <summary>
/// AdamW (Loshchilov, Hutter, Decoupled Weight Decay Regularization, ICLR 2019) as torch.optim.AdamW: w &lt;- (1 - rate decay) w - rate m' / (sqrt(v') + epsilon), with the corrected
/// moments m', v'.
/// </summary>
public sealed class BackboneAdamW : IBackboneOptimizer
{
    private readonly Settings _settings;
    private readonly AdamMoments _moments;

    /// <param name="settings">Checked here.</param>
    /// <param name="segments">On the device where they will train; they stay the caller's.</param>
    /// <exception cref="UserErrorException">A setting is out of its range.</exception>
    public BackboneAdamW(Settings settings, IReadOnlyList<Segment> segments)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validate("optimizer.adamw");
        _settings = settings;
        _moments = new AdamMoments(segments, settings.Beta1, settings.Beta2, settings.Epsilon);
    }

    /// <inheritdoc/>
    public void Apply(Segment segment, Tensor gradient, double rate)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var parts = FlatGradient.Of(segment, gradient);
        var step = _moments.BeginStep(segment);
        foreach (var (i, w, g) in parts)
        {
            var direction = _moments.Direction(segment, i, g, step);
            if (_settings.WeightDecay != 0 && !FlatGradient.IsExcluded(w))
            {
                w.TimesInPlace(1 - (rate * _settings.WeightDecay));
            }

            w.PlusInPlace(direction, -rate);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<NamedTensor> NamedTensors() => _moments.NamedTensors();

    /// <inheritdoc/>
    public void Load(IReadOnlyDictionary<string, Tensor> source, string where) => NamedTensorCopy.Into(NamedTensors(), source, where);

    public void Dispose() => _moments.Dispose();

    /// <summary>Settings of AdamW.</summary>
    public sealed record Settings : AdamSettings;
}
