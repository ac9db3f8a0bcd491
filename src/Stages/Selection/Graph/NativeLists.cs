// The running neighbour lists of many rows.
namespace XClassFlow.Stages.Selection.Graph;

/// <summary>A view of lists of equal length in two buffers, which it borrows.</summary>
internal readonly unsafe struct NativeLists(NativeBuffer<float> scores, NativeBuffer<int> ids, int length)
{
    private const int Block = 1 << 16;

    public int Length => length;

    public NearestList this[long row] => new(scores.Pointer + (row * length), ids.Pointer + (row * length), length);

    /// <summary>Empties all lists.</summary>
    public void Clear(WorkerTeam team)
    {
        if (length > 0)
        {
            var (s, i) = (scores, ids);
            team.RunBlocks(scores.Length, Block, (start, count, _) =>
            {
                s.Span(start, count).Fill(float.NegativeInfinity);
                i.Span(start, count).Fill(NearestList.None);
            });
        }
    }
}
