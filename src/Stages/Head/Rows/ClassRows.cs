// Rows of one storage type: where a row lies, and which rows are asked for ahead.
using System.Buffers;
using System.Runtime.CompilerServices;
using XClassFlow.Stages.Selection.Graph;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Head.Rows;

/// <summary>Owns the tensor, which may lie over any memory.</summary>
internal sealed unsafe class ClassRows<T> : IClassRows
    where T : struct, IRowElement
{
    // Rows are scattered over more memory than any cache holds: ask for them a few rows ahead.
    private const int Ahead = 8;
    private const double SmallestLength = 1e-12;

    private readonly byte* _first;
    private readonly long _rowBytes;
    private readonly long _classStart;
    private readonly double _epsilon;
    private readonly RowTrust? _trust;

    /// <param name="stored">[n, D] of this type; taken over.</param>
    /// <param name="classStart">Global number of the first row, for what is drawn per class.</param>
    /// <param name="update">How rows are updated.</param>
    public ClassRows(Tensor stored, long classStart, RowUpdate update)
    {
        Stored = stored;
        (Count, Width) = (checked((int)stored.shape[0]), (int)stored.shape[1]);
        _first = (byte*)TensorMemory.AddressOf(stored);
        _rowBytes = (long)Width * T.Size;
        (_classStart, _epsilon) = (classStart, update.Epsilon);
        _trust = update.Optimizer == OptimizerKind.Lars ? new RowTrust(update.Trust, update.Floor) : null;
    }

    public Tensor Stored { get; }

    public int Count { get; }

    public int Width { get; }

    public float* InPlace(long row) => typeof(T) == typeof(Float32Element) ? (float*)At(row) : null;

    public void Draw(long start, int count, InitialRows values)
    {
        for (var row = start; row < start + count; row++)
        {
            values.Draw<T>(_classStart + row, At(row), Width);
        }
    }

    public void Gather(RowSet rows, OptimizerState state, float* destination, float* inverses)
    {
        for (var i = 0; i < rows.Count; i++, destination += Width)
        {
            Prefetch(rows, i, state);
            var row = rows[i];
            var behind = state.IsBehind(row);

            // A row that is up to date is read without its momentum.
            UpdateKernels.Read<T>(At(row), behind ? state.MomentumOf(row, Width) : null, behind ? state.FactorsOf(row) : RowFactors.None, destination, Width);
            if (inverses != null)
            {
                var inverse = (float)(1 / Math.Max(Math.Sqrt(RowKernels.SquareLength(destination, Width)), SmallestLength));
                RowKernels.Scale(destination, inverse, destination, Width);
                inverses[i] = inverse;
            }
        }
    }

    public void Update(RowSet rows, OptimizerState state, float* gradient, RowStep step, long stepNumber, ulong roundingKey)
    {
        var rented = _trust is null ? [] : ArrayPool<float>.Shared.Rent(Width);
        fixed (float* scratch = rented)
        {
            Update(rows, state, gradient, step, stepNumber, roundingKey, scratch);
        }

        if (_trust is not null)
        {
            ArrayPool<float>.Shared.Return(rented);
        }
    }

    private void Update(RowSet rows, OptimizerState state, float* gradient, RowStep step, long stepNumber, ulong roundingKey, float* scratch)
    {
        for (var i = 0; i < rows.Count; i++, gradient += Width)
        {
            Prefetch(rows, i, state);
            var row = rows[i];
            var momentum = state.MomentumOf(row, Width);
            var factors = state.FactorsOf(row);
            _trust?.Scale<T>(At(row), momentum, factors, gradient, scratch, Width);
            var sum = state.AccumulatorOf(row);
            if (sum != null)
            {
                *sum += (float)(RowKernels.SquareLength(gradient, Width) / Width);
                RowKernels.Scale(gradient, (float)(1 / (Math.Sqrt(*sum) + _epsilon)), gradient, Width);
            }

            UpdateKernels.Update<T>(At(row), momentum, factors, gradient, step, RoundingKey.Of(roundingKey, _classStart + row), Width);
            state.Touch(row, stepNumber);
        }
    }

    public void CatchUp(RowSet rows, OptimizerState state, ulong roundingKey)
    {
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            if (state.IsBehind(row))
            {
                UpdateKernels.CatchUp<T>(At(row), state.MomentumOf(row, Width), state.FactorsOf(row), RoundingKey.Of(roundingKey, _classStart + row), Width);
                state.CaughtUp(row);
            }
        }
    }

    public void Dispose() => Stored.Dispose();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte* At(long row) => _first + (row * _rowBytes);

    private void Prefetch(RowSet rows, int i, OptimizerState state)
    {
        if (rows.Numbers is null || i + Ahead >= rows.Count)
        {
            return;
        }

        var row = rows[i + Ahead];
        RowKernels.Prefetch(At(row), (int)_rowBytes);
        var momentum = state.MomentumOf(row, Width);
        if (momentum != null)
        {
            RowKernels.Prefetch((byte*)momentum, Width * sizeof(float));
        }

        var age = state.AgeOf(row);
        if (age != null)
        {
            RowKernels.Prefetch(age, 1);
        }
    }
}
