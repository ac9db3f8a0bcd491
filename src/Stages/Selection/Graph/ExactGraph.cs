// The exact class graph: every pair of classes is compared.
using XClassFlow.Data;

namespace XClassFlow.Stages.Selection.Graph;

/// <summary>2 N^2 D operations. Memory beyond the rows: 8 (K - 1) bytes a query, and as many keys at a time as fit the bound.</summary>
internal static unsafe class ExactGraph
{
    private const int PanelKeys = 8192;
    private const int QueryBlock = 256;

    /// <summary>The K nearest classes of a range of classes.</summary>
    /// <param name="rows">All N rows.</param>
    /// <param name="classStart">First class of the range.</param>
    /// <param name="classes">Classes in the range.</param>
    /// <param name="k">K, 1 to N.</param>
    /// <param name="memory">Bytes that may be used beyond the rows.</param>
    /// <param name="team">Who computes.</param>
    /// <param name="clock">Is told of progress.</param>
    /// <returns>Lists; the caller owns them.</returns>
    /// <exception cref="UserErrorException">K or the bound does not allow it.</exception>
    public static NeighbourTable Build(IUnitRows rows, long classStart, long classes, int k, long memory, WorkerTeam team, BuildClock clock)
    {
        GraphLimits.CheckK(k, rows.Count);
        var panels = PanelsThatFit(rows.Count, rows.Width, classes, k, memory, team.Threads);
        var table = new NeighbourTable(classStart, classes, k);
        try
        {
            var length = k - 1;
            using var scores = new NativeBuffer<float>(classes * length);
            using var ids = new NativeBuffer<int>(classes * length);
            new NativeLists(scores, ids, length).Clear(team);
            Search(rows, classStart, classes, length, panels, scores, ids, team, clock);
            Finish.Write(ids, length, table, team);
            return table;
        }
        catch
        {
            table.Dispose();
            throw;
        }
    }

    private static void Search(
        IUnitRows rows, long classStart, long classes, int length, int panelCount, NativeBuffer<float> scores, NativeBuffer<int> ids, WorkerTeam team, BuildClock clock)
    {
        if (length == 0)
        {
            return;
        }

        var panels = new KeyPanel[panelCount];
        using var queries = new Scratch<float>(team.Threads, QueryBlock * rows.Width);
        try
        {
            for (var i = 0; i < panelCount; i++)
            {
                panels[i] = new KeyPanel(PanelKeys, rows.Width);
            }

            var rounds = (rows.Count + ((long)panelCount * PanelKeys) - 1) / ((long)panelCount * PanelKeys);
            clock.Begin("comparing all classes", classes * rounds);
            for (var first = 0L; first < rows.Count; first += (long)panelCount * PanelKeys)
            {
                var left = rows.Count - first;
                var used = (int)Math.Min(panelCount, (left + PanelKeys - 1) / PanelKeys);
                team.Run(used, (p, _) => panels[p].Fill(Numbers.Range(first + (p * PanelKeys), (int)Math.Min(PanelKeys, left - (p * PanelKeys))), rows));
                team.RunBlocks(classes, QueryBlock, (start, count, worker) =>
                {
                    var numbers = Numbers.Range(classStart + start, count);
                    rows.Gather(numbers, queries.Of(worker));
                    for (var p = 0; p < used; p++)
                    {
                        TileSearch.Search(
                            queries.Of(worker), numbers, panels[p], rows.Width, null, scores.Pointer + (start * length), ids.Pointer + (start * length), length);
                    }

                    clock.Done(count);
                });
            }
        }
        finally
        {
            foreach (var panel in panels)
            {
                panel?.Dispose();
            }
        }
    }

    /// <summary>Bytes that a build uses beyond the rows, the lists that it returns included.</summary>
    /// <param name="count">N.</param>
    /// <param name="width">D.</param>
    /// <param name="classes">Classes whose neighbours are looked for.</param>
    /// <param name="k">K.</param>
    /// <param name="memory">The bound.</param>
    /// <param name="threads">Who computes.</param>
    /// <exception cref="UserErrorException">The bound is too small; says what is needed.</exception>
    public static long BytesFor(long count, int width, long classes, int k, long memory, int threads)
        => FixedBytes(width, classes, k, threads) + (PanelsThatFit(count, width, classes, k, memory, threads) * KeyPanel.BytesFor(PanelKeys, width));

    private static int PanelsThatFit(long count, int width, long classes, int k, long memory, int threads)
    {
        var fixedBytes = FixedBytes(width, classes, k, threads);
        var panel = KeyPanel.BytesFor(PanelKeys, width);
        var panels = Math.Min((memory - fixedBytes) / panel, (count + PanelKeys - 1) / PanelKeys);
        return panels >= 1 ? (int)panels : throw GraphLimits.TooLittle(memory, fixedBytes + panel, classes, k);
    }

    private static long FixedBytes(int width, long classes, int k, int threads) => (classes * ((12L * k) - 8)) + ((long)threads * QueryBlock * width * sizeof(float));
}
