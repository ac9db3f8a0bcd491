// The stored class weights of one shard, whatever their type and wherever they lie.
using static TorchSharp.torch;

namespace XClassFlow.Stages.Head.Rows;

/// <summary>
/// Rows [n, D] in one block of memory: in RAM, or a private mapping of a checkpoint's file. Owns it. Calls for disjoint rows may run at the same time, after
/// <see cref="OptimizerState.Prepare"/>.
/// </summary>
internal unsafe interface IClassRows : IDisposable
{
    /// <summary>float32 or bfloat16 [n, D], as stored: rows may still lack the steps they missed.</summary>
    Tensor Stored { get; }

    int Count { get; }

    int Width { get; }

    /// <summary>First element of an fp32 row where it lies, or null where rows have another type.</summary>
    float* InPlace(long row);

    /// <summary>Fills rows with what a class starts with; see <see cref="InitialRows"/>.</summary>
    /// <param name="start">First row.</param>
    /// <param name="count">Number of rows.</param>
    /// <param name="values">Draws.</param>
    void Draw(long start, int count, InitialRows values);

    /// <summary>Copies rows as they stand before the step prepared for; stores nothing.</summary>
    /// <param name="rows">Which.</param>
    /// <param name="state">What they missed.</param>
    /// <param name="destination">float32 [C, D]: the rows, or unit rows where inverses are asked for.</param>
    /// <param name="inverses">float32 [C]: 1/|w|, at most 1e12; null for rows as they are.</param>
    void Gather(RowSet rows, OptimizerState state, float* destination, float* inverses);

    /// <summary>One update of rows: each is read and stored once.</summary>
    /// <param name="rows">Which; no row twice.</param>
    /// <param name="state">Optimizer state; updated.</param>
    /// <param name="gradient">float32 [C, D] with respect to the stored rows; its values are consumed.</param>
    /// <param name="step">The update.</param>
    /// <param name="stepNumber">Its number.</param>
    /// <param name="roundingKey">Of the step.</param>
    void Update(RowSet rows, OptimizerState state, float* gradient, RowStep step, long stepNumber, ulong roundingKey);

    /// <summary>Stores what rows missed before the step prepared for.</summary>
    /// <param name="rows">Which.</param>
    /// <param name="state">Optimizer state; updated.</param>
    /// <param name="roundingKey">Of the step, for this purpose.</param>
    void CatchUp(RowSet rows, OptimizerState state, ulong roundingKey);
}
