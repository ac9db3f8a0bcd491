// What AdamW and LAMB have in common: both moments of the gradients, and a direction from them.
using XClassFlow.Data;
using XClassFlow.Stages.Backbones;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Optimizers;

/// <summary>Keeps the moments; how far a parameter goes in Adam's direction is the derived class's.</summary>
public abstract class BackboneAdam : IBackboneOptimizer
{
    private readonly AdamMoments _moments;

    /// <param name="settings">Checked here.</param>
    /// <param name="path">Their configuration path.</param>
    /// <param name="segments">On the device where they will train; they stay the caller's.</param>
    /// <exception cref="UserErrorException">A setting is out of its range.</exception>
    private protected BackboneAdam(AdamSettings settings, string path, IReadOnlyList<Segment> segments)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validate(path);
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
            Move(segment, i, w, _moments.Direction(segment, i, g, step), rate);
        }
    }

    /// <inheritdoc/>
    public virtual double[]? TrustRatios() => null;

    /// <inheritdoc/>
    public IReadOnlyList<NamedTensor> NamedTensors() => _moments.NamedTensors();

    /// <inheritdoc/>
    public void Load(IReadOnlyDictionary<string, Tensor> source, string where) => NamedTensorCopy.Into(NamedTensors(), source, where);

    /// <inheritdoc/>
    public void Dispose()
    {
        _moments.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Changes a parameter in place.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="parameter">Number of the parameter in it.</param>
    /// <param name="weight">The parameter.</param>
    /// <param name="direction">m' / (sqrt(v') + epsilon); may be written to.</param>
    /// <param name="rate">Learning rate.</param>
    private protected abstract void Move(Segment segment, int parameter, Tensor weight, Tensor direction, double rate);
}
