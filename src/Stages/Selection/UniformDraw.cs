// Draws rows of a shard without replacement.
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Selection;

/// <summary>Uniform draws from what is not marked yet. A function of the seed and of what was drawn before.</summary>
/// <param name="marks">What is chosen; added to.</param>
/// <param name="rows">The chosen rows; added to.</param>
/// <param name="seed">Of the draws.</param>
internal sealed unsafe class UniformDraw(RowMarks marks, List<long> rows, ulong seed)
{
    private ulong _draw;

    /// <summary>A number in [0, 1).</summary>
    public double Fraction() => (Seeds.Mix(seed, _draw++) >> 11) * (1.0 / (1UL << 53));

    /// <summary>Takes rows from a list of rows.</summary>
    /// <param name="from">int [size]; null: 0 to size - 1.</param>
    /// <param name="size">Rows in the list.</param>
    /// <param name="left">How many of them are not marked.</param>
    /// <param name="count">How many to take, at most <paramref name="left"/>.</param>
    public void Take(int* from, long size, long left, long count)
    {
        if (count > left / 2 || left < size / 8)
        {
            // Most of what is left is wanted, or little is left: shuffle the rest instead of drawing again and again.
            var rest = Unmarked(from, size, left);
            for (var i = 0; i < count; i++)
            {
                var j = i + (int)Below((ulong)(rest.Length - i));
                (rest[i], rest[j]) = (rest[j], rest[i]);
                Mark(rest[i]);
            }

            return;
        }

        for (var taken = 0L; taken < count;)
        {
            var place = (long)Below((ulong)size);
            taken += Mark(from == null ? place : from[place]) ? 1 : 0;
        }
    }

    private bool Mark(long row)
    {
        if (!marks.Add(row))
        {
            return false;
        }

        rows.Add(row);
        return true;
    }

    private int[] Unmarked(int* from, long size, long count)
    {
        var rest = new int[count];
        for (var (i, next) = (0L, 0); next < rest.Length; i++)
        {
            var row = from == null ? (int)i : from[i];
            if (!marks[row])
            {
                rest[next++] = row;
            }
        }

        return rest;
    }

    private ulong Below(ulong limit) => Math.BigMul(Seeds.Mix(seed, _draw++), limit, out _);
}
