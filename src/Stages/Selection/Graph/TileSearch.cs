// The nearest keys of a block of queries, by tiles of scores and a running list per query.
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace XClassFlow.Stages.Selection.Graph;

/// <summary>Exact search of a few queries in one panel. Scores that cannot enter a list are dropped a vector at a time, straight from the tile, which never leaves the first-level cache.</summary>
internal static unsafe class TileSearch
{
    // Keys that stay in the second-level cache while the block's queries pass over them (D = 64: 256 KiB).
    private const int KeyBlock = 1024;

    /// <summary>Searches.</summary>
    /// <param name="queries">float32 [count rounded up to 8, D].</param>
    /// <param name="queryIds">[count]: a key with the same id is not a neighbour; -1 for queries that are no keys.</param>
    /// <param name="panel">The keys.</param>
    /// <param name="width">D.</param>
    /// <param name="floors">float32 [count]: what a candidate must reach at least; null for no such thing.</param>
    /// <param name="scores">float32 [count, length]: lists to go on with.</param>
    /// <param name="ids">int [count, length].</param>
    /// <param name="length">Neighbours per list.</param>
    public static void Search(float* queries, ReadOnlySpan<int> queryIds, KeyPanel panel, int width, float* floors, float* scores, int* ids, int length)
    {
        var tile = stackalloc float[(ScoreTile.Queries * ScoreTile.Keys) + KeyPanel.Lanes];
        tile = (float*)(((nint)tile + 63) & ~63);
        for (var block = 0; block < panel.Count; block += KeyBlock)
        {
            var end = Math.Min(block + KeyBlock, panel.Count);
            for (var q = 0; q < queryIds.Length; q += ScoreTile.Queries)
            {
                var rows = Math.Min(ScoreTile.Queries, queryIds.Length - q);
                for (var key = block; key < end; key += ScoreTile.Keys)
                {
                    ScoreTile.Compute(queries + ((long)q * width), panel.Group(key), width, tile);
                    var keys = Math.Min(ScoreTile.Keys, end - key);
                    for (var row = 0; row < rows; row++)
                    {
                        var list = new NearestList(scores + ((long)(q + row) * length), ids + ((long)(q + row) * length), length);
                        var floor = floors == null ? list.Worst : MathF.Max(floors[q + row], list.Worst);
                        var passing = Passing(tile + (row * ScoreTile.Keys), floor) & (uint)((1UL << keys) - 1);
                        if (passing != 0)
                        {
                            Take(passing, tile + (row * ScoreTile.Keys), panel.Ids + key, queryIds[q + row], list);
                        }
                    }
                }
            }
        }
    }

    // A bit per key whose score reaches the floor.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Passing(float* scores, float floor)
    {
        var limit = Vector512.Create(floor);
        var low = Vector512.GreaterThanOrEqual(Vector512.Load(scores), limit).ExtractMostSignificantBits();
        var high = Vector512.GreaterThanOrEqual(Vector512.Load(scores + KeyPanel.Lanes), limit).ExtractMostSignificantBits();
        return (uint)(low | (high << KeyPanel.Lanes));
    }

    private static void Take(uint passing, float* scores, int* keyIds, int self, NearestList list)
    {
        for (; passing != 0; passing &= passing - 1)
        {
            var lane = BitOperations.TrailingZeroCount(passing);
            if (keyIds[lane] != self)
            {
                list.Add(scores[lane], keyIds[lane]);
            }
        }
    }
}
