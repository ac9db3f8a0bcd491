// Who names a row as a neighbour.
namespace XClassFlow.Stages.Selection.Graph;

/// <summary>Up to R rows per row, those that rank it best first. Memory: 4 R + 1 bytes a row. Owns it.</summary>
internal sealed unsafe class ReverseLists : IDisposable
{
    private readonly NativeBuffer<int> _ids;
    private readonly NativeBuffer<byte> _counts;
    private readonly int _most;

    /// <param name="rows">N.</param>
    /// <param name="most">R, at most 255.</param>
    public ReverseLists(long rows, int most)
    {
        _most = most;
        _ids = new NativeBuffer<int>(rows * most);
        _counts = new NativeBuffer<byte>(rows);
    }

    /// <summary>Bytes per row.</summary>
    public static long BytesFor(int most) => (most * sizeof(int)) + 1L;

    /// <summary>Reads lists; every worker fills the rows of its own range, so that the order does not depend on the threads.</summary>
    /// <param name="ids">int [N, length], best first; the sign bit is a mark, which is kept.</param>
    /// <param name="length">Neighbours per list.</param>
    /// <param name="team">Who works.</param>
    public void Fill(NativeBuffer<int> ids, int length, WorkerTeam team)
    {
        var n = _counts.Length;
        var ranges = Math.Min(team.Threads, n);
        team.Run(ranges, (range, _) =>
        {
            var (start, end) = (n * range / ranges, n * (range + 1) / ranges);
            for (var i = start; i < end; i++)
            {
                _counts.Pointer[i] = 0;
            }

            for (var rank = 0; rank < length; rank++)
            {
                for (var i = 0L; i < n; i++)
                {
                    var id = ids.Pointer[(i * length) + rank];
                    var row = id & int.MaxValue;
                    if (row >= start && row < end && _counts.Pointer[row] < _most)
                    {
                        _ids.Pointer[((long)row * _most) + _counts.Pointer[row]++] = (int)i | (id & int.MinValue);
                    }
                }
            }
        });
    }

    public ReadOnlySpan<int> Of(int row) => _ids.Span((long)row * _most, _counts.Pointer[row]);

    public void Dispose()
    {
        _ids.Dispose();
        _counts.Dispose();
    }
}
