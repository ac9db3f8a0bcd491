// From working lists to the table: the class itself in front.
namespace XClassFlow.Stages.Selection.Graph;

internal static unsafe class Finish
{
    private const int Block = 4096;

    /// <summary>Copies the first K - 1 of every list behind the class itself.</summary>
    /// <param name="ids">int [classes, length], best first; marks in the sign bit are dropped.</param>
    /// <param name="length">At least K - 1.</param>
    /// <param name="table">Written.</param>
    /// <param name="team">Who copies.</param>
    public static void Write(NativeBuffer<int> ids, int length, NeighbourTable table, WorkerTeam team) => team.RunBlocks(table.Classes, Block, (start, count, _) =>
    {
        for (var i = start; i < start + count; i++)
        {
            var to = table.Ids + (i * table.K);
            to[0] = (int)(table.ClassStart + i);
            for (var rank = 1; rank < table.K; rank++)
            {
                to[rank] = ids.Pointer[(i * length) + rank - 1] & int.MaxValue;
            }
        }
    });
}
