// The rows of one shard: class weights, their optimizer state, and the threads that work on them.
using XClassFlow.Data;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Head.Rows;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Head;

/// <summary>
/// Owner of a shard's class weights [num_local, D] and their row-sparse optimizer state. Reading brings rows up to date with the steps they missed without storing that; only
/// <see cref="Apply"/> and <see cref="CatchUp"/> write. It belongs to the shard's thread, whose team may call <see cref="Gather"/> and <see cref="Apply"/> for disjoint rows.
/// </summary>
internal sealed unsafe class ClassWeights : IDisposable
{
    private const int Block = 4096;

    private static readonly ulong UpdatePurpose = Seeds.Hash("rounding-of-updates");
    private static readonly ulong CatchUpPurpose = Seeds.Hash("rounding-of-missed-steps");

    private readonly IClassRows _rows;
    private readonly OptimizerState _state;
    private readonly RowUpdate _update;
    private readonly ulong _seed;

    private ClassWeights(IClassRows rows, OptimizerState state, RowUpdate update, ulong seed, ShardTeam team)
        => (_rows, _state, _update, _seed, Team, Memory) = (rows, state, update, seed, team, new StepMemory(team.Threads));

    /// <summary>float32 or bfloat16 [num_local, D], as stored: rows may still lack the steps they missed.</summary>
    public Tensor Weight => _rows.Stored;

    /// <summary>float32 [num_local, D], or null when momentum is off.</summary>
    public Tensor? Momentum => _state.Momentum;

    /// <summary>float32 [num_local], or null without AdaGrad.</summary>
    public Tensor? Accumulators => _state.Accumulators;

    /// <summary>int32 [num_local]: the step each row was last updated in, -1 for never; null where idle rows do not move.</summary>
    public Tensor? LastSteps => _state.LastSteps;

    /// <summary>How rows are updated.</summary>
    public RowUpdate Update => _update;

    public int Count => _rows.Count;

    public int Width => _rows.Width;

    /// <summary>Works on this shard's rows.</summary>
    public ShardTeam Team { get; }

    /// <summary>What its steps work in.</summary>
    public StepMemory Memory { get; }

    /// <summary>Rate of every step so far; part of the state, because rows that missed steps need it.</summary>
    public IReadOnlyList<double> Rates => _state.Lazy.Rates;

    /// <summary>New rows; see <see cref="InitialRows"/>.</summary>
    /// <param name="classStart">First class.</param>
    /// <param name="count">Number of classes.</param>
    /// <param name="width">D.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="update">How rows are updated.</param>
    /// <param name="type">How they are stored.</param>
    /// <param name="threads">Of the team; the caller's number of libtorch threads if null.</param>
    public static ClassWeights Create(
        long classStart, long count, int width, ulong seed, RowUpdate update, WeightType type = WeightType.Fp32, int? threads = null)
    {
        var rows = WeightMemory.Of(ForeignMemory.Zeros(WeightMemory.TypeOf(type), count, width), classStart, update);
        var weights = new ClassWeights(rows, OptimizerState.New(update, count, width), update, seed, new ShardTeam(threads ?? get_num_threads()));
        var values = new InitialRows(seed);
        weights.Team.RunBlocks(count, Block, (start, block, _) => rows.Draw(start, block, values));
        return weights;
    }

    /// <summary>Takes over rows and state from a checkpoint.</summary>
    /// <param name="classStart">First class.</param>
    /// <param name="state">Tensors and rates.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="update">How rows are updated; the state must be of it.</param>
    /// <param name="threads">As in <see cref="Create"/>.</param>
    public static ClassWeights Restore(long classStart, ClassRowsState state, ulong seed, RowUpdate update, int? threads = null) => new(
        WeightMemory.Of(state.Weight, classStart, update),
        new OptimizerState(update, state.Momentum, state.Accumulators, state.LastSteps, state.Rates),
        update,
        seed,
        new ShardTeam(threads ?? get_num_threads()));

    /// <summary>Makes ready to read rows as they stand before a step. Not while the team works.</summary>
    public void Prepare(long step) => _state.Prepare(step);

    /// <summary>The rows where they lie, if they are a range of fp32 rows that missed nothing; null otherwise. Writing into them is not allowed.</summary>
    public Tensor? InPlace(RowSet rows)
    {
        if (rows.Numbers is not null || _rows.InPlace(rows.Start) == null)
        {
            return null;
        }

        for (var i = 0; i < rows.Count; i++)
        {
            if (_state.IsBehind(rows[i]))
            {
                return null;
            }
        }

        return Weight.narrow(0, rows.Start, rows.Count);
    }

    /// <summary>Rows as they stand before the step prepared for: float32 [C, D], and 1/|w| [C] where asked for; then the rows are unit rows.</summary>
    public void Gather(RowSet rows, float* destination, float* inverses)
    {
        MappedFiles.Check();
        _rows.Gather(rows, _state, destination, inverses);
    }

    /// <summary>Rows as they stand before a step, float32 [C, D], not normalised; the stored rows themselves where that is possible. For reading, in the caller's scope.</summary>
    public Tensor Read(RowSet rows, long step)
    {
        Prepare(step);
        if (InPlace(rows) is { } view)
        {
            return view;
        }

        var copy = empty(rows.Count, Width, ScalarType.Float32);
        Gather(rows, TensorMemory.FloatsOf(copy), null);
        return copy;
    }

    /// <summary>One update of rows.</summary>
    /// <param name="rows">Which; no row twice.</param>
    /// <param name="gradient">float32 [C, D] with respect to the rows (not to unit rows). Its values are consumed.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="step">The step, which was prepared for.</param>
    public void Apply(RowSet rows, float* gradient, double rate, long step)
    {
        MappedFiles.Check();
        _rows.Update(
            rows,
            _state,
            gradient,
            new RowStep((float)rate, (float)_update.EffectiveMomentum, (float)_update.WeightDecay),
            step,
            Seeds.Mix(_seed, UpdatePurpose, (ulong)step));
    }

    /// <summary>Stores what all rows missed up to now, in place, so that the stored rows are the rows. Deterministic, like an update.</summary>
    public void CatchUp()
    {
        var step = Rates.Count;
        Prepare(step);
        if (_update.MovesIdleRows)
        {
            var key = Seeds.Mix(_seed, CatchUpPurpose, (ulong)step);
            Team.RunBlocks(Count, Block, (start, count, _) =>
            {
                MappedFiles.Check();
                _rows.CatchUp(RowSet.Range(start, count), _state, key);
            });
        }
    }

    /// <summary>Ends a step: notes its rate for the rows that were not active.</summary>
    public void EndStep(long step, double rate) => _state.Lazy.Applied(step, rate);

    /// <summary>Ends a step that is left out: no row moves, and no row's momentum.</summary>
    public void LeaveOut(long step) => _state.Lazy.Applied(step, LazyMomentum.LeftOut);

    public void Dispose()
    {
        Team.Dispose();
        Memory.Dispose();
        _rows.Dispose();
        _state.Dispose();
    }
}
