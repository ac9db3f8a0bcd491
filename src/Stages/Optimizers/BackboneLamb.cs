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
/// <param name="settings">Checked here.</param>
/// <param name="segments">On the device where they will train; they stay the caller's.</param>
/// <exception cref="UserErrorException">A setting is out of its range.</exception>
public sealed class BackboneLamb(BackboneLamb.Settings settings, IReadOnlyList<Segment> segments) : BackboneAdam(settings, "optimizer.lamb", segments)
{
    private readonly LayerTrust _trust = new();

    /// <inheritdoc/>
    public override double[]? TrustRatios() => _trust.Ratios;

    private protected override void Move(Segment segment, int parameter, Tensor weight, Tensor direction, double rate)
    {
        var ratio = 1.0;
        if (!FlatGradient.IsExcluded(weight))
        {
            direction.PlusInPlace(weight, settings.WeightDecay);
            ratio = _trust.Note(segment, parameter, Ratio(LayerTrust.Norm(weight), LayerTrust.Norm(direction)));
        }

        weight.PlusInPlace(direction, -rate * ratio);
    }

    private double Ratio(double weight, double direction) => weight == 0 || direction == 0 ? 1 : Math.Min(weight, settings.LargestNorm) / direction;

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
