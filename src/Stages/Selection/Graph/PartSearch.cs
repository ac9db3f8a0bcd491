// Exact search inside every part, merged over the parts.
namespace XClassFlow.Stages.Selection.Graph;

/// <summary>Step 3 and 4 of Binary Distributed Graph, on the real vectors. A part that is too large is cut into pieces that do not see each other; propagation joins them.</summary>
internal static unsafe class PartSearch
{
    private const int QueryBlock = 128;
    private const int Stripes = 1024;

    /// <summary>Fills the lists.</summary>
    /// <param name="rows">All rows.</param>
    /// <param name="parts">Their parts.</param>
    /// <param name="maxKeys">Most keys of a piece.</param>
    /// <param name="lists">Empty lists of all rows; written.</param>
    /// <param name="team">Who computes.</param>
    /// <param name="clock">Is told of progress.</param>
    public static void Run(IUnitRows rows, Parts parts, int maxKeys, NativeLists lists, WorkerTeam team, BuildClock clock)
    {
        var pieces = Pieces(parts, maxKeys);
        var locks = new Lock[Stripes];
        for (var i = 0; i < Stripes; i++)
        {
            locks[i] = new Lock();
        }

        var panels = new KeyPanel[team.Threads];
        using var tiles = new Scratch<float>(team.Threads, (long)QueryBlock * rows.Width);
        using var scores = new Scratch<float>(team.Threads, (long)QueryBlock * (lists.Length + 1));
        using var ids = new Scratch<int>(team.Threads, (long)QueryBlock * lists.Length);
        try
        {
            for (var w = 0; w < panels.Length; w++)
            {
                panels[w] = new KeyPanel(maxKeys, rows.Width);
            }

            clock.Begin("searching the parts", rows.Count);
            team.Run(pieces.Count, (p, worker) =>
            {
                var (part, index, of) = pieces[(int)p];
                var keys = Share(parts.Keys(part), index, of);
                panels[worker].Fill(keys, rows);
                var work = new PieceWork(rows, lists, locks, panels[worker], tiles.Of(worker), scores.Of(worker), ids.Of(worker));
                Search(work, keys);
                Search(work, Share(parts.Guests(part), index, of));
                clock.Done(keys.Length);
            });
        }
        finally
        {
            foreach (var panel in panels)
            {
                panel?.Dispose();
            }
        }
    }

    private static List<(int Part, int Index, int Of)> Pieces(Parts parts, int maxKeys)
    {
        var pieces = new List<(int, int, int)>();
        for (var part = 0; part < parts.Count; part++)
        {
            var of = (parts.Keys(part).Length + maxKeys - 1) / maxKeys;
            for (var index = 0; index < of; index++)
            {
                pieces.Add((part, index, of));
            }
        }

        return pieces;
    }

    private static ReadOnlySpan<int> Share(ReadOnlySpan<int> members, int index, int of)
    {
        var (start, end) = ((int)((long)members.Length * index / of), (int)((long)members.Length * (index + 1) / of));
        return members[start..end];
    }

    private static void Search(PieceWork work, ReadOnlySpan<int> queries)
    {
        for (var start = 0; start < queries.Length; start += QueryBlock)
        {
            Block(work, queries.Slice(start, Math.Min(QueryBlock, queries.Length - start)));
        }
    }

    // What a row has found in other parts is the floor here; finds are merged under a lock, and since a pair meets once no list holds a row twice.
    private static void Block(PieceWork work, ReadOnlySpan<int> queries)
    {
        var length = work.Lists.Length;
        var floors = work.Scores + (QueryBlock * length);
        work.Rows.Gather(queries, work.Tile);
        for (var q = 0; q < queries.Length; q++)
        {
            floors[q] = Volatile.Read(ref work.Lists[queries[q]].Scores[length - 1]);
            work.Found(q).Clear();
        }

        TileSearch.Search(work.Tile, queries, work.Panel, work.Rows.Width, floors, work.Scores, work.Ids, length);
        for (var q = 0; q < queries.Length; q++)
        {
            var found = work.Found(q);
            if (found.Ids[0] == NearestList.None)
            {
                continue;
            }

            var list = work.Lists[queries[q]];
            lock (work.Locks[queries[q] % Stripes])
            {
                for (var i = 0; i < length && found.Ids[i] != NearestList.None && list.Add(found.Scores[i], found.Ids[i]); i++)
                {
                }
            }
        }
    }

    private sealed class PieceWork(IUnitRows rows, NativeLists lists, Lock[] locks, KeyPanel panel, float* tile, float* scores, int* ids)
    {
        public IUnitRows Rows => rows;

        public NativeLists Lists => lists;

        public Lock[] Locks => locks;

        public KeyPanel Panel => panel;

        public float* Tile => tile;

        public float* Scores => scores;

        public int* Ids => ids;

        public NearestList Found(int query) => new(scores + (query * lists.Length), ids + (query * lists.Length), lists.Length);
    }
}
