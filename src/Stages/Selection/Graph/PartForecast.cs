// How much of the graph the parts will find, foreseen on a sample before they are searched.
namespace XClassFlow.Stages.Selection.Graph;

/// <summary>
/// A true neighbour is found if its own part is among the t that the class looks into. So the sample's true neighbours tell the recall of every t for the price of assigning them: t need
/// not be guessed, and hard data get the parts they need.
/// </summary>
internal static unsafe class PartForecast
{
    private const int Block = 256;

    /// <summary>Expected recall of the part search.</summary>
    /// <param name="rows">All rows.</param>
    /// <param name="tree">The parts.</param>
    /// <param name="truth">The sample.</param>
    /// <param name="most">Largest t of interest.</param>
    /// <param name="team">Who computes.</param>
    /// <returns>[t - 1] is the recall with t parts per class.</returns>
    public static double[] Recall(IUnitRows rows, PartTree tree, GraphRecall truth, int most, WorkerTeam team)
    {
        var (queries, length) = (truth.Queries.ToArray(), truth.Length);
        var looked = Assign(rows, tree, queries, most, team);
        var neighbours = Enumerable.Range(0, queries.Length).SelectMany(q => truth.TrueOf(q).ToArray()).ToArray();
        var own = Assign(rows, tree, neighbours, 1, team);
        var found = new double[most];
        for (var n = 0; n < neighbours.Length; n++)
        {
            var place = looked.AsSpan(n / length * most, most).IndexOf(own[n]);
            if (place >= 0)
            {
                found[place] += 1.0 / neighbours.Length;
            }
        }

        for (var t = 1; t < most; t++)
        {
            found[t] += found[t - 1];
        }

        return found;
    }

    private static int[] Assign(IUnitRows rows, PartTree tree, int[] which, int t, WorkerTeam team)
    {
        var parts = new int[which.Length * t];
        using var tiles = new Scratch<float>(team.Threads, Block * rows.Width);
        using var found = new Scratch<int>(team.Threads, Block * t);
        team.RunBlocks(which.Length, Block, (start, count, worker) =>
        {
            rows.Gather(which.AsSpan((int)start, count), tiles.Of(worker));
            tree.Assign(tiles.Of(worker), count, rows.Width, found.Of(worker), t);
            new Span<int>(found.Of(worker), count * t).CopyTo(parts.AsSpan((int)start * t));
        });
        return parts;
    }
}
