// Stochastic gradient descent with momentum for the backbone.
using XClassFlow.Data;
using XClassFlow.Stages.Backbones;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Optimizers;

/// <summary>
/// v &lt;- momentum v + g + decay w;  w &lt;- w - rate v  (Nesterov: w &lt;- w - rate (g + decay w + momentum v)), as torch.optim.SGD with dampening 0
/// and v starting at zero. The update is linear in g, so of a gradient that brings its momentum along (<see cref="ApplyCorrected"/>) only decay goes through v. Weight decay leaves out biases and the parameters of norms, which are the ones of one dimension.
/// </summary>
public sealed class BackboneSgd : ICorrectedOptimizer
{
    private readonly Settings settings;
    private readonly Velocities velocities;

    /// <param name="settings">Checked here.</param>
    /// <param name="segments">On the device where they will train; they stay the caller's.</param>
    /// <exception cref="UserErrorException">A setting is out of its range.</exception>
    public BackboneSgd(Settings settings, IReadOnlyList<Segment> segments)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validate("optimizer.backbone");
        this.settings = settings;
        velocities = new Velocities(segments, kept: settings.Momentum != 0);
    }

    /// <inheritdoc/>
    public void Apply(Segment segment, Tensor gradient, double rate) => Apply(segment, gradient, rate, corrected: false);

    /// <inheritdoc/>
    public void ApplyCorrected(Segment segment, Tensor gradient, double rate) => Apply(segment, gradient, rate, corrected: true);

    /// <inheritdoc/>
    public IReadOnlyList<NamedTensor> NamedTensors() => velocities.NamedTensors();

    /// <inheritdoc/>
    public void Load(IReadOnlyDictionary<string, Tensor> source, string where) => NamedTensorCopy.Into(NamedTensors(), source, where);

    public void Dispose() => velocities.Dispose();

    private void Apply(Segment segment, Tensor gradient, double rate, bool corrected)
    {
        var velocity = velocities.Of(segment);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (i, w, g) in FlatGradient.Of(segment, gradient))
        {
            var step = Step(corrected ? null : g, w, velocity.Length > 0 ? velocity[i] : null);
            w.PlusInPlace(!corrected ? step! : step is null ? g : step.Plus(g), -rate);
        }
    }

    // The direction of a parameter: decay and, unless it brings its own momentum, the gradient, with momentum. Null for zero.
    private Tensor? Step(Tensor? g, Tensor w, Tensor? v)
    {
        if (settings.WeightDecay != 0 && !FlatGradient.IsExcluded(w))
        {
            g = g is null ? w.Times(settings.WeightDecay) : g.add(w, Scalars.Of(settings.WeightDecay));
        }

        if (v is null)
        {
            return g;
        }

        v.TimesInPlace(settings.Momentum);
        if (g is not null)
        {
            v.PlusInPlace(g);
        }

        return !settings.Nesterov ? v : g is null ? v.Times(settings.Momentum) : g.add(v, Scalars.Of(settings.Momentum));
    }

    /// <summary>Settings of the backbone's SGD; the learning rate is the convergence policy's.</summary>
    public sealed record Settings
    {
        public double Momentum { get; init; } = 0.9;

        /// <summary>Look ahead (Sutskever et al., ICML 2013).</summary>
        public bool Nesterov { get; init; }

        public double WeightDecay { get; init; } = 5e-4;

        /// <summary>Checks every value.</summary>
        /// <param name="path">Configuration path of the settings, for messages.</param>
        /// <exception cref="UserErrorException">A value is out of its range.</exception>
        public void Validate(string path)
        {
            SettingsCheck.Within(path, "momentum", Momentum, 0, 0.9999);
            SettingsCheck.Within(path, "weight-decay", WeightDecay, 0, 1);
            if (Nesterov && Momentum == 0)
            {
                throw SettingsCheck.Wrong(path, "nesterov", true, "give momentum a value above 0 too");
            }
        }
    }
}
