// The gradients of one step on one rank: its own while they are summed, the reduced ones until all are there.
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>
/// Its sums over the micro-batches and what comes back are never there at once. Where noise is measured, the gradient is
/// taken from the parameters after every micro-batch, which costs a copy, a sum and a norm of its size; elsewhere autograd sums it. Owns its tensors; belongs to the stage's thread.
/// </summary>
/// <param name="segments">Number of segments.</param>
/// <param name="keep">Takes a tensor out of the current call.</param>
internal sealed class StepGradients(int segments, Func<Tensor, Tensor> keep) : IDisposable
{
    private readonly Tensor?[] _sums = new Tensor?[segments];
    private readonly (Tensor Gradient, bool Corrected)?[] _reduced = new (Tensor, bool)?[segments];
    private readonly Tensor?[] _previous = new Tensor?[segments];
    private readonly double[] _squares = new double[segments];
    private long? _previousStep;
    private int _arrived;

    /// <summary>Sum over the micro-batches of |p|^2 / n; see <see cref="BackboneReport"/>.</summary>
    public double PartSquares { get; private set; }

    /// <summary>Micro-batches in <see cref="PartSquares"/>.</summary>
    public int Parts { get; private set; }

    /// <summary>Inner product with the gradient of the step before; null where that is not kept.</summary>
    public double? Product { get; private set; }

    /// <summary>Squared norm of the reduced gradient.</summary>
    public double SquaredNorm => _squares.Sum();

    /// <summary>Norms by segment; null while no reduced gradient has come.</summary>
    public double[]? Norms => _arrived == 0 ? null : [.. _squares.Select(Math.Sqrt)];

    /// <summary>Whether all segments' reduced gradients have come.</summary>
    public bool AreReduced => _arrived == segments;

    /// <summary>Whether all values of the reduced gradient are numbers.</summary>
    public bool IsFinite => double.IsFinite(SquaredNorm);

    /// <summary>Whether all values of one segment's are.</summary>
    public bool IsFiniteAt(int segment) => double.IsFinite(_squares[segment]);

    /// <summary>Adds what a micro-batch left in a segment.</summary>
    /// <param name="segment">Number of the segment; last first, as backward goes.</param>
    /// <param name="gradient">float32 [n]; in the caller's scope.</param>
    /// <param name="samples">Samples of the micro-batch on this rank.</param>
    public void Add(int segment, Tensor gradient, int samples)
    {
        if (samples > 0)
        {
            PartSquares += gradient.SquaredNorm() / samples;
            Parts += segment == 0 ? 1 : 0;
        }

        if (_sums[segment] is { } sum)
        {
            sum.PlusInPlace(gradient);
        }
        else
        {
            _sums[segment] = keep(gradient);
        }
    }

    /// <summary>The sum over the step's micro-batches; the caller's from now on.</summary>
    public Tensor Take(int segment)
    {
        var sum = _sums[segment] ?? throw new InvalidOperationException($"segment {segment} has no gradient");
        _sums[segment] = null;
        return sum;
    }

    /// <summary>Takes a reduced gradient over.</summary>
    public void Reduced(int segment, Tensor gradient, bool corrected)
    {
        if (_reduced[segment] is not null)
        {
            throw new InvalidOperationException($"the gradient of segment {segment} came twice");
        }

        _squares[segment] = gradient.SquaredNorm();
        _reduced[segment] = (keep(gradient), corrected);
        _arrived++;
    }

    /// <summary>Multiplies the reduced gradient with that of the step before, where there is one, and remembers it for the next.</summary>
    public void Compare(long step)
    {
        Product = _previousStep == step - 1
            ? Enumerable.Range(0, segments).Sum(i => (_previous[i]! * _reduced[i]!.Value.Gradient).sum(ScalarType.Float64).item<double>())
            : null;
        for (var i = 0; i < segments; i++)
        {
            _previous[i]?.Dispose();
            _previous[i] = keep(_reduced[i]!.Value.Gradient.alias());
        }

        _previousStep = step;
    }

    /// <summary>Forgets the gradient of the step before.</summary>
    public void Forget() => _previousStep = null;

    /// <summary>A segment's reduced gradient, and whether it has the momentum in it; null before it has come. Stays this object's.</summary>
    public (Tensor Gradient, bool Corrected)? ReducedOf(int segment) => _reduced[segment];

    /// <summary>Makes ready for the next step.</summary>
    public void Clear()
    {
        for (var i = 0; i < segments; i++)
        {
            _sums[i]?.Dispose();
            _reduced[i]?.Gradient.Dispose();
            (_sums[i], _reduced[i], _squares[i]) = (null, null, 0);
        }

        (_arrived, Parts, PartSquares, Product) = (0, 0, 0, null);
    }

    public void Dispose()
    {
        Clear();
        Array.ForEach(_previous, p => p?.Dispose());
    }
}
