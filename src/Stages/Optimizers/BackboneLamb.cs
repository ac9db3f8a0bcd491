// LAMB for the backbone: Adam's direction, scaled layer by layer.
using XClassFlow.Data;
using XClassFlow.Stages.Backbones;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Optimizers;

/// <summary>
/// LAMB (You et al., Large Batch Optimization for Deep Learning, ICLR 2020): d = m' / (sqrt(v') + epsilon) + decay w;  r = min(|w|, largest) / |d|;  w &lt;- w - rate r d, with the corrected
/// moments m', v'. Biases and the parameters of norms have r = 1 and no decay; so have weights or directions that are all zero.
/// </summary>
public sealed class BackboneLamb : IBackboneOptimizer
{
    private readonly Settings _settings;
    private readonly AdamMoments _moments;
    private readonly LayerTrust _trust = new();

    /// <param name="settings">Checked here.</param>
    /// <param name="segments">On the device where they will train; they stay the caller's.</param>
    /// <exception cref="UserErrorException">A setting is out of its range.</exception>
    public BackboneLamb(Settings settings, IReadOnlyList<Segment> segments)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validate("optimizer.lamb");
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
            var ratio = 1.0;
            if (!FlatGradient.IsExcluded(w))
            {
                direction.PlusInPlace(w, _settings.WeightDecay);
                ratio = _trust.Note(segment, i, Ratio(LayerTrust.Norm(w), LayerTrust.Norm(direction)));
            }

            w.PlusInPlace(direction, -rate * ratio);
        }
    }

    /// <inheritdoc/>
    public double[]? TrustRatios() => _trust.Ratios;

    /// <inheritdoc/>
    public IReadOnlyList<NamedTensor> NamedTensors() => _moments.NamedTensors();

    /// <inheritdoc/>
    public void Load(IReadOnlyDictionary<string, Tensor> source, string where) => NamedTensorCopy.Into(NamedTensors(), source, where);

    public void Dispose() => _moments.Dispose();

    private double Ratio(double weight, double direction) => weight == 0 || direction == 0 ? 1 : Math.Min(weight, _settings.LargestNorm) / direction;

    /// <summary>Settings of LAMB.</summary>
    public sealed record Settings : AdamSettings
    {
        /// <summary>Bound on |w| in the ratio.</summary>
        public double LargestNorm { get; init; } = 10;

        /// <inheritdoc/>
        public override void Validate(string path)
        {
            base.Validate(path);
            SettingsCheck.Positive(path, "largest-norm", LargestNorm, "10 is usual");
        }
    }
}
