// The momentum of some segments' parameters.
using XClassFlow.Stages.Backbones;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Optimizers;

/// <summary>One tensor for every parameter, zero at first. Owns them.</summary>
internal sealed class Velocities : IDisposable
{
    private readonly IReadOnlyList<Segment> _segments;
    private readonly Dictionary<Segment, Tensor[]> _velocity = [];

    /// <param name="segments">On the device where they will train.</param>
    /// <param name="kept">Whether there is a momentum at all; without it no segment has tensors.</param>
    public Velocities(IReadOnlyList<Segment> segments, bool kept = true)
    {
        _segments = segments;
        using var noGrad = no_grad();
        foreach (var segment in segments)
        {
            _velocity[segment] = kept ? [.. segment.Parameters.Select(p => zeros_like(p).DetachFromDisposeScope())] : [];
        }
    }

    /// <summary>Those of a segment, in parameter order.</summary>
    /// <exception cref="ArgumentException">Not one of the segments.</exception>
    public Tensor[] Of(Segment segment) => _velocity.TryGetValue(segment, out var velocity)
        ? velocity
        : throw new ArgumentException($"segment {segment.Name} is not one of this optimizer's", nameof(segment));

    /// <summary>For checkpoints.</summary>
    public IReadOnlyList<NamedTensor> NamedTensors() => [.. _segments.SelectMany(s => _velocity[s].Select((v, i) => new NamedTensor($"momentum.{s.Name}.{i}", v)))];

    public void Dispose()
    {
        foreach (var v in _velocity.Values.SelectMany(v => v))
        {
            v.Dispose();
        }

        _velocity.Clear();
    }
}
