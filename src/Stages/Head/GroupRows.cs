// The rows of a step whose groups of samples have active sets of their own: every row once, and where it stands in the sets.
namespace XClassFlow.Stages.Head;

/// <summary>The union of the sets in ascending order, so that an update runs through memory in one direction.</summary>
internal sealed class GroupRows
{
    /// <summary>Bytes that a row of a set costs while the union is made: eight numbers of four bytes, and its entry in the union.</summary>
    public const int BytesPerPlace = (8 * sizeof(int)) + sizeof(long);

    private const int DigitBits = 11;
    private const int Digits = 1 << DigitBits;

    private readonly int[] _starts;
    private readonly int[] _groups;
    private readonly int[] _columns;

    /// <param name="sets">The active rows of every group; within one set every row once.</param>
    public GroupRows(IReadOnlyList<ActiveRows> sets)
    {
        var count = sets.Sum(s => s.Count);
        var (rows, groups, columns) = (new int[count], new int[count], new int[count]);
        for (var (group, i) = (0, 0); group < sets.Count; group++)
        {
            for (var column = 0; column < sets[group].Count; column++, i++)
            {
                (rows[i], groups[i], columns[i]) = ((int)sets[group].Rows[column], group, column);
            }
        }

        var order = Order(rows);
        _groups = Array.ConvertAll(order, i => groups[i]);
        _columns = Array.ConvertAll(order, i => columns[i]);
        var union = new List<long>(count);
        var starts = new List<int>(count + 1);
        for (var i = 0; i < count; i++)
        {
            if (i == 0 || rows[order[i]] != rows[order[i - 1]])
            {
                union.Add(rows[order[i]]);
                starts.Add(i);
            }
        }

        starts.Add(count);
        Rows = RowSet.Of([.. union]);
        _starts = [.. starts];
    }

    /// <summary>Every row once.</summary>
    public RowSet Rows { get; }

    /// <summary>The groups that have a row of the union in their sets, and its column in each, in the order of the groups.</summary>
    public (ReadOnlyMemory<int> Groups, ReadOnlyMemory<int> Columns) PlacesOf(int row)
    {
        var (from, length) = (_starts[row], _starts[row + 1] - _starts[row]);
        return (_groups.AsMemory(from, length), _columns.AsMemory(from, length));
    }

    // Radix sort, stable: comparing a few hundred thousand numbers would cost as much as the step's products.
    private static int[] Order(int[] keys)
    {
        var order = Enumerable.Range(0, keys.Length).ToArray();
        var next = new int[keys.Length];
        var largest = keys.DefaultIfEmpty().Max();
        for (var shift = 0; shift < 31 && largest >> shift > 0; shift += DigitBits)
        {
            var places = new int[Digits + 1];
            foreach (var key in keys)
            {
                places[((key >> shift) & (Digits - 1)) + 1]++;
            }

            for (var digit = 0; digit < Digits; digit++)
            {
                places[digit + 1] += places[digit];
            }

            foreach (var i in order)
            {
                next[places[(keys[i] >> shift) & (Digits - 1)]++] = i;
            }

            (order, next) = (next, order);
        }

        return order;
    }
}
