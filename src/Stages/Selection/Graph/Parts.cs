// Who belongs to which part, by the flag rule of Binary Distributed Graph.
namespace XClassFlow.Stages.Selection.Graph;

/// <summary>
/// Every row is in its t nearest parts: a key (flag 0) in the nearest, a guest (flag 1) in the others. Keys and guests look for neighbours among the keys, so that a pair meets in one
/// part only (Zhao et al., CIKM 2019). Memory: 4 t bytes a row, twice that while it is made. Owns it.
/// </summary>
internal sealed unsafe class Parts : IDisposable
{
    private const int Block = 1024;

    private readonly NativeBuffer<int> _keys;
    private NativeBuffer<int> _guests;
    private readonly long[] _keyOffsets;
    private readonly long[] _guestOffsets;

    private Parts(NativeBuffer<int> nearest, int t, int count)
    {
        Count = count;
        var rows = nearest.Length / t;
        (_keyOffsets, _guestOffsets) = (new long[count + 1], new long[count + 1]);
        _keys = new NativeBuffer<int>(rows);
        _guests = new NativeBuffer<int>(rows * (t - 1));
        for (var i = 0L; i < nearest.Length; i++)
        {
            // Where a row's groups have fewer than t parts, places are empty.
            if (nearest.Pointer[i] != NearestList.None)
            {
                (i % t == 0 ? _keyOffsets : _guestOffsets)[nearest.Pointer[i] + 1]++;
            }
        }

        for (var p = 0; p < count; p++)
        {
            _keyOffsets[p + 1] += _keyOffsets[p];
            _guestOffsets[p + 1] += _guestOffsets[p];
        }

        var (nextKey, nextGuest) = (_keyOffsets[..count], _guestOffsets[..count]);
        for (var i = 0L; i < nearest.Length; i++)
        {
            var part = nearest.Pointer[i];
            if (i % t == 0)
            {
                _keys.Pointer[nextKey[part]++] = (int)(i / t);
            }
            else if (part != NearestList.None)
            {
                _guests.Pointer[nextGuest[part]++] = (int)(i / t);
            }
        }
    }

    /// <summary>Scratch of a worker while rows are assigned: the rows, once more by groups, and their lists.</summary>
    public static long WorkerBytes(int width) => Block * ((2L * width * sizeof(float)) + 2048);

    public int Count { get; }

    /// <summary>int [N]: all rows, part after part. Stays this object's.</summary>
    public NativeBuffer<int> Order => _keys;

    public ReadOnlySpan<int> Keys(int part) => Slice(_keys, _keyOffsets, part);

    public ReadOnlySpan<int> Guests(int part) => Slice(_guests, _guestOffsets, part);

    /// <summary>Finds the parts of every row.</summary>
    /// <param name="rows">All rows.</param>
    /// <param name="tree">The parts.</param>
    /// <param name="t">Parts per row.</param>
    /// <param name="team">Who computes.</param>
    /// <param name="clock">Is told of progress.</param>
    public static Parts Assign(IUnitRows rows, PartTree tree, int t, WorkerTeam team, BuildClock clock)
    {
        t = Math.Min(t, tree.Count);
        using var nearest = new NativeBuffer<int>(rows.Count * t);
        using var tiles = new Scratch<float>(team.Threads, (long)Block * rows.Width);
        clock.Begin("assigning classes to parts", rows.Count);
        team.RunBlocks(rows.Count, Block, (start, count, worker) =>
        {
            rows.Gather(Numbers.Range(start, count), tiles.Of(worker));
            tree.Assign(tiles.Of(worker), count, rows.Width, nearest.Pointer + (start * t), t);
            clock.Done(count);
        });
        return new Parts(nearest, t, tree.Count);
    }

    /// <summary>Gives back the guests' memory, once every part has been searched.</summary>
    public void ForgetGuests()
    {
        _guests.Dispose();
        _guests = new NativeBuffer<int>(0);
    }

    public void Dispose()
    {
        _keys.Dispose();
        _guests.Dispose();
    }

    private static ReadOnlySpan<int> Slice(NativeBuffer<int> members, long[] offsets, int part) =>
        members.Span(offsets[part], checked((int)(offsets[part + 1] - offsets[part])));
}
