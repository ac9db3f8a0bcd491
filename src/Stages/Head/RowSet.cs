// A set of rows of a shard: a contiguous range, or a list of row numbers.
using static TorchSharp.torch;

namespace XClassFlow.Stages.Head;

/// <summary>Rows of a shard.</summary>
/// <param name="Start">First row of a range; first position in <paramref name="Index"/> otherwise.</param>
/// <param name="Count">Number of rows.</param>
/// <param name="Index">int64 row numbers (borrowed, on the CPU), or null for a range.</param>
/// <param name="Numbers">The same numbers in managed memory, for bookkeeping.</param>
internal readonly record struct RowSet(long Start, int Count, Tensor? Index, long[]? Numbers)
{
    public static RowSet Range(long start, int count) => new(start, count, null, null);

    /// <summary>A part of the set. Its index is a view in the caller's dispose scope; the whole set is given as it is.</summary>
    public RowSet Slice(int start, int count) => (start, count) == (0, Count) ? this
        : Index is null ? Range(Start + start, count)
        : new RowSet(Start + start, count, Index.narrow(0, start, count), Numbers);

    /// <summary>Row number of the i-th row of the set.</summary>
    public long this[int i] => Numbers is null ? Start + i : Numbers[Start + i];
}
