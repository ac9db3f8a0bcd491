// Layer-wise adaptive rate scaling for the backbone: large batches without rates that are too large for one layer.
using XClassFlow.Data;
using XClassFlow.Stages.Backbones;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Optimizers;

/// <summary>
/// LARS (You, Gitman, Ginsburg, Large Batch Training of Convolutional Networks, arXiv 1708.03888): r = trust |w| / (|g| + decay |w| + epsilon);
/// v &lt;- momentum v + r (g + decay w);  w &lt;- w - rate v. The rate stands outside the momentum, as in torch.optim.SGD and unlike in the paper, so that a rate that changes holds for all of v
/// at once. Biases and the parameters of norms have r = 1 and no decay; so have weights that are all zero.
/// </summary>
public sealed class BackboneLars : IBackboneOptimizer
{
    private readonly Settings _settings;
    private readonly Velocities _velocities;
    private readonly LayerTrust _trust = new();

    /// <param name="settings">Checked here.</param>
    /// <param name="segments">On the device where they will train; they stay the caller's.</param>
    /// <exception cref="UserErrorException">A setting is out of its range.</exception>
    public BackboneLars(Settings settings, IReadOnlyList<Segment> segments)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validate("optimizer.lars");
        (_settings, _velocities) = (settings, new Velocities(segments));
    }

    /// <inheritdoc/>
    public void Apply(Segment segment, Tensor gradient, double rate)
    {
        var velocity = _velocities.Of(segment);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (i, w, g) in FlatGradient.Of(segment, gradient))
        {
            var v = velocity[i].TimesInPlace(_settings.Momentum);
            if (FlatGradient.IsExcluded(w))
            {
                v.PlusInPlace(g);
            }
            else
            {
                var ratio = _trust.Note(segment, i, Ratio(LayerTrust.Norm(w), LayerTrust.Norm(g)));
                v.PlusInPlace(g, ratio).PlusInPlace(w, ratio * _settings.WeightDecay);
            }

            w.PlusInPlace(v, -rate);
        }
    }

    /// <inheritdoc/>
    public double[]? TrustRatios() => _trust.Ratios;

    /// <inheritdoc/>
    public IReadOnlyList<NamedTensor> NamedTensors() => _velocities.NamedTensors();

    /// <inheritdoc/>
    public void Load(IReadOnlyDictionary<string, Tensor> source, string where) => NamedTensorCopy.Into(NamedTensors(), source, where);

    public void Dispose() => _velocities.Dispose();

    private double Ratio(double weight, double gradient) =>
        weight == 0 ? 1 : _settings.Trust * weight / (gradient + (_settings.WeightDecay * weight) + _settings.Epsilon);

    /// <summary>Settings of LARS; the learning rate is the convergence policy's.</summary>
    public sealed record Settings
    {
        public double Momentum { get; init; } = 0.9;

        public double WeightDecay { get; init; } = 5e-4;

        /// <summary>eta: with rate 1 a step moves a layer by this share of its length, before momentum.</summary>
        public double Trust { get; init; } = 0.01;

        /// <summary>Added to the denominator.</summary>
        public double Epsilon { get; init; } = 1e-9;

        /// <summary>Checks every value.</summary>
        /// <param name="path">Configuration path of the settings, for messages.</param>
        /// <exception cref="UserErrorException">A value is out of its range.</exception>
        public void Validate(string path)
        {
            SettingsCheck.Within(path, "momentum", Momentum, 0, 0.9999);
            SettingsCheck.Within(path, "weight-decay", WeightDecay, 0, 1);
            SettingsCheck.Positive(path, "trust", Trust, "0.01 is a good value");
            SettingsCheck.Positive(path, "epsilon", Epsilon, "1e-9 is usual");
        }
    }
}
