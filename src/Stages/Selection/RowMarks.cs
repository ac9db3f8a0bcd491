// Marks on rows, a bit each.
namespace XClassFlow.Stages.Selection;

/// <summary>Which of N rows are chosen: N / 8 bytes. Cleared by taking back what was marked, so a step costs what it chooses and not N.</summary>
/// <param name="count">N.</param>
internal sealed class RowMarks(long count)
{
    private readonly ulong[] _bits = new ulong[(count + 63) / 64];

    public long Count => count;

    public bool this[long row] => (_bits[row >> 6] >> (int)(row & 63) & 1) != 0;

    /// <summary>Marks a row; false where it was marked before.</summary>
    public bool Add(long row)
    {
        ref var word = ref _bits[row >> 6];
        var bit = 1UL << (int)(row & 63);
        var isNew = (word & bit) == 0;
        word |= bit;
        return isNew;
    }

    /// <summary>Takes marks back.</summary>
    public void Remove(ReadOnlySpan<long> rows)
    {
        foreach (var row in rows)
        {
            _bits[row >> 6] &= ~(1UL << (int)(row & 63));
        }
    }
}
