// A shard's part of the class graph: for every class, those of its neighbours that this shard owns.
namespace XClassFlow.Stages.Selection;

/// <summary>CSR over all N classes; memory is N * K / S entries on average. Immutable.</summary>
/// <param name="Offsets">[N + 1].</param>
/// <param name="Rows">[entries]: local rows, nearest first.</param>
/// <param name="Ranks">[entries]: the neighbour's place in the full list of its class, 0 for the class itself.</param>
internal sealed record NeighbourIndex(long[] Offsets, int[] Rows, int[] Ranks)
{
    public long Classes => Offsets.Length - 1;

    /// <summary>Joins the parts of all shards, which cover contiguous class ranges in order.</summary>
    public static NeighbourIndex Join(IEnumerable<(long[] Offsets, int[] Rows, int[] Ranks)> parts)
    {
        var offsets = new List<long> { 0 };
        var rows = new List<int>();
        var ranks = new List<int>();
        foreach (var part in parts)
        {
            var shift = (long)rows.Count;
            for (var i = 1; i < part.Offsets.Length; i++)
            {
                offsets.Add(shift + part.Offsets[i]);
            }

            rows.AddRange(part.Rows);
            ranks.AddRange(part.Ranks);
        }

        return new NeighbourIndex([.. offsets], [.. rows], [.. ranks]);
    }

    public ReadOnlySpan<int> RowsOf(long label) => Rows.AsSpan((int)Offsets[label], (int)(Offsets[label + 1] - Offsets[label]));

    public ReadOnlySpan<int> RanksOf(long label) => Ranks.AsSpan((int)Offsets[label], (int)(Offsets[label + 1] - Offsets[label]));
}
