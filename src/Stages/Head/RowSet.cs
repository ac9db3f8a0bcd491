// A set of rows of a shard: a contiguous range, or a list of row numbers.
namespace XClassFlow.Stages.Head;

/// <summary>Rows of a shard.</summary>
/// <param name="Start">First row of a range; first position in <paramref name="Numbers"/> otherwise.</param>
/// <param name="Count">Number of rows.</param>
/// <param name="Numbers">Row numbers, each once, or null for a range.</param>
internal readonly record struct RowSet(long Start, int Count, long[]? Numbers)
{
    public static RowSet Range(long start, int count) => new(start, count, null);

    public static RowSet Of(long[] numbers) => new(0, numbers.Length, numbers);

    /// <summary>A part of the set; nothing is copied.</summary>
    public RowSet Slice(int start, int count) => new(Start + start, count, Numbers);

    /// <summary>Row number of the i-th row of the set.</summary>
    public long this[int i] => Numbers is null ? Start + i : Numbers[Start + i];
}
