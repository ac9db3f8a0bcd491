// The rows of one shard: class weights, their momentum, and the step each was last updated in.
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Head;

/// <summary>
/// Owner of a shard's class weights [num_local, D] and their row-sparse optimizer state. Reading brings rows up to date with the steps they missed without
/// storing that; only <see cref="Apply"/> writes. Not thread-safe: it belongs to the shard's thread.
/// </summary>
internal sealed class ClassWeights : IDisposable
{
    private const int InitialisationBlock = 1024;

    private readonly RowUpdate _update;
    private readonly int[] _lastStep;
    private readonly LazyMomentum _lazy;

    private ClassWeights(Tensor weight, Tensor? momentum, int[] lastStep, RowUpdate update, IEnumerable<double> rates)
    {
        Weight = weight;
        Momentum = momentum;
        _lastStep = lastStep;
        _update = update;
        _lazy = new LazyMomentum(update, rates);
    }

    /// <summary>float32 [num_local, D], as stored: rows may still lack the steps they missed.</summary>
    public Tensor Weight { get; }

    /// <summary>float32 [num_local, D], or null when momentum is off.</summary>
    public Tensor? Momentum { get; }

    public int Count => (int)Weight.shape[0];

    public int Width => (int)Weight.shape[1];

    /// <summary>The step each row was last updated in, -1 for never.</summary>
    public ReadOnlySpan<int> LastSteps => _lastStep;

    /// <summary>Rate of every step so far; part of the state, because rows that missed steps need it.</summary>
    public IReadOnlyList<double> Rates => _lazy.Rates;

    /// <summary>
    /// New rows, normal with standard deviation 1/sqrt(D). Drawn in blocks of global class numbers, so that a class starts with the same weights whatever
    /// the number of shards.
    /// </summary>
    public static ClassWeights Create(long classStart, long count, int width, ulong seed, RowUpdate update)
    {
        var weight = empty(count, width, ScalarType.Float32).DetachFromDisposeScope();
        for (var block = classStart / InitialisationBlock; block * InitialisationBlock < classStart + count; block++)
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(Seeds.Mix(seed, Seeds.Hash("class-weights"), (ulong)block));
            var rows = empty(InitialisationBlock, width, ScalarType.Float32).normal_(0, 1 / Math.Sqrt(width), generator);
            var from = Math.Max(classStart, block * InitialisationBlock);
            var to = Math.Min(classStart + count, (block + 1) * InitialisationBlock);
            weight.narrow(0, from - classStart, to - from).copy_(rows.narrow(0, from - (block * InitialisationBlock), to - from));
        }

        return Restore(weight, update.Momentum > 0 ? zeros_like(weight).DetachFromDisposeScope() : null, Filled(count), update, []);
    }

    /// <summary>Takes over rows and state from a checkpoint.</summary>
    public static ClassWeights Restore(Tensor weight, Tensor? momentum, int[] lastStep, RowUpdate update, IEnumerable<double> rates)
        => new(weight, momentum, lastStep, update, rates);

    /// <summary>Rows as they stand before <paramref name="step"/>.</summary>
    public RowTile Read(RowSet rows, long step, bool withMomentum)
    {
        var behind = IsBehind(rows, step);
        if (rows.Index is null && !behind)
        {
            return new RowTile(rows, Weight.narrow(0, rows.Start, rows.Count), Momentum?.narrow(0, rows.Start, rows.Count), IsView: true);
        }

        var weight = Gather(Weight, rows);
        var momentum = Momentum is not null && (withMomentum || behind) ? Gather(Momentum, rows) : null;
        return behind ? CatchUp(rows, weight, momentum, step) : new RowTile(rows, weight, momentum, IsView: false);
    }

    /// <summary>One SGD step on a tile that <see cref="Read"/> gave (with momentum) for the same step. Consumes the gradient's values.</summary>
    /// <param name="tile">The tile.</param>
    /// <param name="gradient">float32 [C, D].</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="step">The step.</param>
    public void Apply(RowTile tile, Tensor gradient, double rate, long step)
    {
        if (_update.WeightDecay > 0)
        {
            gradient.PlusInPlace(tile.Weight, _update.WeightDecay);
        }

        var direction = tile.Momentum is null ? gradient : tile.Momentum.TimesInPlace(_update.Momentum).PlusInPlace(gradient);
        tile.Weight.PlusInPlace(direction, -rate);
        if (!tile.IsView)
        {
            Scatter(Weight, tile.Rows, tile.Weight);
            if (tile.Momentum is not null)
            {
                Scatter(Momentum!, tile.Rows, tile.Momentum);
            }
        }

        for (var i = 0; i < tile.Rows.Count; i++)
        {
            _lastStep[tile.Rows[i]] = (int)step;
        }
    }

    /// <summary>Ends a step: notes its rate for the rows that were not active.</summary>
    public void EndStep(long step, double rate) => _lazy.Applied(step, rate);

    public void Dispose()
    {
        Weight.Dispose();
        Momentum?.Dispose();
    }

    private static int[] Filled(long count)
    {
        var last = new int[count];
        Array.Fill(last, -1);
        return last;
    }

    private static Tensor Gather(Tensor source, RowSet rows)
        => rows.Index is null ? source.narrow(0, rows.Start, rows.Count).clone() : source.index_select(0, rows.Index);

    private static void Scatter(Tensor destination, RowSet rows, Tensor values)
    {
        if (rows.Index is null)
        {
            destination.narrow(0, rows.Start, rows.Count).copy_(values);
        }
        else
        {
            destination.index_copy_(0, rows.Index, values);
        }
    }

    private bool IsBehind(RowSet rows, long step)
    {
        if (!_lazy.Matters)
        {
            return false;
        }

        for (var i = 0; i < rows.Count; i++)
        {
            var last = _lastStep[rows[i]];
            if (last < step - 1 && (last >= 0 || _update.WeightDecay > 0))
            {
                return true;
            }
        }

        return false;
    }

    private RowTile CatchUp(RowSet rows, Tensor weight, Tensor? momentum, long step)
    {
        var last = new int[rows.Count];
        for (var i = 0; i < last.Length; i++)
        {
            last[i] = _lastStep[rows[i]];
        }

        var (ww, wv, vw, vv) = _lazy.Factors(last, step);
        using var scope = NewDisposeScope();
        Tensor Column(float[] factors) => tensor(factors).unsqueeze(1);
        var moved = _update.WeightDecay > 0 ? weight * Column(ww) : weight.clone();
        if (momentum is not null)
        {
            moved.addcmul_(momentum, Column(wv), Scalars.One);
            momentum.mul_(Column(vv));
            if (_update.WeightDecay > 0)
            {
                momentum.addcmul_(weight, Column(vw), Scalars.One);
            }
        }

        return new RowTile(rows, moved.MoveToOuterDisposeScope(), momentum, IsView: false);
    }
}
