// What the optimizer keeps for every row, where it keeps anything.
using XClassFlow.Data.Tensors;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Head.Rows;

/// <summary>
/// Row-sparse state of n rows; owns its tensors. Nothing is kept that the update does not need: plain SGD has no state at all, not even the step of a row's last update.
/// </summary>
internal sealed unsafe class OptimizerState : IDisposable
{
    private readonly RowUpdate _update;
    private readonly float* _momentum;
    private readonly float* _accumulators;
    private readonly int* _lastSteps;
    private long _step;

    /// <summary>Takes the tensors over; null where the update keeps none.</summary>
    /// <param name="update">How rows are updated.</param>
    /// <param name="momentum">float32 [n, D].</param>
    /// <param name="accumulators">float32 [n].</param>
    /// <param name="lastSteps">int32 [n], -1 for rows that were never updated.</param>
    /// <param name="rates">Learning rate of every step so far.</param>
    public OptimizerState(RowUpdate update, Tensor? momentum, Tensor? accumulators, Tensor? lastSteps, IEnumerable<double> rates)
    {
        if ((momentum is null) == update.KeepsMomentum || (accumulators is null) == update.KeepsAccumulators || (lastSteps is null) == update.MovesIdleRows)
        {
            throw new ArgumentException($"the tensors are not those that {update} keeps");
        }

        _update = update;
        (Momentum, Accumulators, LastSteps) = (momentum, accumulators, lastSteps);
        _momentum = momentum is null ? null : TensorMemory.FloatsOf(momentum);
        _accumulators = accumulators is null ? null : TensorMemory.FloatsOf(accumulators);
        _lastSteps = lastSteps is null ? null : (int*)TensorMemory.AddressOf(lastSteps);
        Lazy = new LazyMomentum(update, rates);
    }

    public Tensor? Momentum { get; }

    /// <summary>Sum of mean squared gradients of each row (AdaGrad).</summary>
    public Tensor? Accumulators { get; }

    /// <summary>The step each row is up to date with.</summary>
    public Tensor? LastSteps { get; }

    public LazyMomentum Lazy { get; }

    /// <summary>State of rows that were never updated.</summary>
    public static OptimizerState New(RowUpdate update, long rows, int width)
    {
        var lastSteps = update.MovesIdleRows ? ForeignMemory.Zeros(ElementType.Int32, rows).fill_(Scalars.Of(-1)) : null;
        return new OptimizerState(
            update,
            update.KeepsMomentum ? ForeignMemory.Zeros(ElementType.Float32, rows, width) : null,
            update.KeepsAccumulators ? ForeignMemory.Zeros(ElementType.Float32, rows) : null,
            lastSteps,
            []);
    }

    /// <summary>Makes ready for questions about the state before a step; not while others ask.</summary>
    public void Prepare(long step)
    {
        _step = step;
        if (_lastSteps != null)
        {
            Lazy.Prepare(step);
        }
    }

    /// <summary>A row's momentum, float32 [D]; null where none is kept.</summary>
    public float* MomentumOf(long row, int width) => _momentum == null ? null : _momentum + (row * width);

    /// <summary>A row's accumulator; null where none is kept.</summary>
    public float* AccumulatorOf(long row) => _accumulators == null ? null : _accumulators + row;

    /// <summary>Whether the row missed steps that move it. Thread-safe after <see cref="Prepare"/>.</summary>
    public bool IsBehind(long row)
    {
        if (_lastSteps == null)
        {
            return false;
        }

        var last = _lastSteps[row];
        return last < _step - 1 && (last >= 0 || _update.WeightDecay > 0);
    }

    /// <summary>What the row missed. Thread-safe after <see cref="Prepare"/>.</summary>
    public RowFactors FactorsOf(long row) => IsBehind(row) ? RowFactors.Of(Lazy.MotionSince(_lastSteps[row], _step)) : RowFactors.None;

    /// <summary>Notes that a row is up to date with a step.</summary>
    public void Touch(long row, long step)
    {
        if (_lastSteps != null)
        {
            _lastSteps[row] = (int)step;
        }
    }

    /// <summary>Rows were caught up: those never updated stay so, having no momentum, unless decay moved them.</summary>
    public void CaughtUp(long row)
    {
        if (IsBehind(row))
        {
            _lastSteps[row] = (int)_step - 1;
        }
    }

    /// <summary>Address of what tells a row's age; for prefetching. Null where none is kept.</summary>
    public byte* AgeOf(long row) => (byte*)(_lastSteps == null ? null : _lastSteps + row);

    public void Dispose()
    {
        Momentum?.Dispose();
        Accumulators?.Dispose();
        LastSteps?.Dispose();
    }
}
