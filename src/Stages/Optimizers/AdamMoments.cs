// First and second moments of the gradients of some segments, as Adam keeps them.
using XClassFlow.Stages.Backbones;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Optimizers;

/// <summary>m &lt;- b1 m + (1 - b1) g;  v &lt;- b2 v + (1 - b2) g^2, with the number of steps for the correction of their start at zero. Owns its tensors.</summary>
internal sealed class AdamMoments : IDisposable
{
    private readonly double _beta1;
    private readonly double _beta2;
    private readonly double _epsilon;
    private readonly IReadOnlyList<Segment> _segments;
    private readonly Dictionary<Segment, (Tensor[] First, Tensor[] Second, Tensor Steps)> _state = [];

    public AdamMoments(IReadOnlyList<Segment> segments, double beta1, double beta2, double epsilon)
    {
        (_segments, _beta1, _beta2, _epsilon) = (segments, beta1, beta2, epsilon);
        using var noGrad = no_grad();
        foreach (var segment in segments)
        {
            Tensor[] Zeros() => [.. segment.Parameters.Select(p => zeros_like(p).DetachFromDisposeScope())];
            _state[segment] = (Zeros(), Zeros(), zeros(1, ScalarType.Float64).DetachFromDisposeScope());
        }
    }

    /// <summary>Counts a step of a segment.</summary>
    /// <returns>Its number, from 1.</returns>
    /// <exception cref="ArgumentException">Not one of the segments.</exception>
    public double BeginStep(Segment segment)
    {
        if (!_state.TryGetValue(segment, out var state))
        {
            throw new ArgumentException($"segment {segment.Name} is not one of this optimizer's", nameof(segment));
        }

        return state.Steps.PlusInPlace(1.0).item<double>();
    }

    /// <summary>Takes a gradient in.</summary>
    /// <returns>m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + epsilon), in the caller's scope.</returns>
    public Tensor Direction(Segment segment, int parameter, Tensor gradient, double step)
    {
        var (first, second) = (_state[segment].First[parameter], _state[segment].Second[parameter]);
        first.TimesInPlace(_beta1).PlusInPlace(gradient, 1 - _beta1);
        second.TimesInPlace(_beta2).PlusInPlace(gradient.Squared(), 1 - _beta2);
        var denominator = second.sqrt().TimesInPlace(1 / Math.Sqrt(1 - Math.Pow(_beta2, step))).PlusInPlace(_epsilon);
        return first.div(denominator).TimesInPlace(1 / (1 - Math.Pow(_beta1, step)));
    }

    /// <summary>For checkpoints.</summary>
    public IReadOnlyList<NamedTensor> NamedTensors() =>
    [
        .. _segments.SelectMany(s => _state[s].First.Select((t, i) => new NamedTensor($"first.{s.Name}.{i}", t))),
        .. _segments.SelectMany(s => _state[s].Second.Select((t, i) => new NamedTensor($"second.{s.Name}.{i}", t))),
        .. _segments.Select(s => new NamedTensor($"steps.{s.Name}", _state[s].Steps)),
    ];

    public void Dispose()
    {
        foreach (var (first, second, steps) in _state.Values)
        {
            Array.ForEach(first, t => t.Dispose());
            Array.ForEach(second, t => t.Dispose());
            steps.Dispose();
        }

        _state.Clear();
    }
}
