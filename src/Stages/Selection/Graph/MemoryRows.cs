// Class rows in memory or in mapped files, fp32 or bf16, made unit length as they are read.
using XClassFlow.Data;
using XClassFlow.Data.Tensors;

namespace XClassFlow.Stages.Selection.Graph;

/// <summary>
/// Borrows the segments, which must outlive it; owns one float per row (the inverse length). Rows of zeros stay zeros. Reading is thread-safe.
/// </summary>
internal sealed unsafe class MemoryRows : IUnitRows, IDisposable
{
    private const int Block = 4096;

    private readonly RowSegment[] _segments;
    private readonly bool _half;
    private readonly NativeBuffer<float> _inverseLengths;

    /// <summary>Reads every row once: its length, and whether it is finite.</summary>
    /// <param name="segments">In class order, without gaps, from class 0.</param>
    /// <param name="width">D.</param>
    /// <param name="type">Float32 or BFloat16.</param>
    /// <param name="team">Does the reading.</param>
    /// <param name="where">What the rows are, for messages.</param>
    /// <exception cref="UserErrorException">A value is NaN or infinite; names the class.</exception>
    public MemoryRows(IReadOnlyList<RowSegment> segments, int width, ElementType type, WorkerTeam team, string where)
    {
        if (type is not (ElementType.Float32 or ElementType.BFloat16))
        {
            throw new UserErrorException($"its rows are {type}", where, "write them as float32 or bfloat16");
        }

        _segments = [.. segments.Where(s => s.Count > 0)];
        _half = type == ElementType.BFloat16;
        Width = width;
        Count = _segments.Sum(s => s.Count);
        if (Count > int.MaxValue)
        {
            throw new UserErrorException($"has {Count} classes", where, $"a class graph has at most {int.MaxValue}");
        }

        _inverseLengths = new NativeBuffer<float>(Count);
        try
        {
            Measure(team, where);
        }
        catch
        {
            _inverseLengths.Dispose();
            throw;
        }
    }

    public long Count { get; }

    public int Width { get; }

    public void Gather(ReadOnlySpan<int> rows, float* destination)
    {
        for (var i = 0; i < rows.Length; i++, destination += Width)
        {
            var scale = _inverseLengths.Pointer[rows[i]];
            if (_half)
            {
                RowKernels.Scale((ushort*)Address(rows[i]), scale, destination, Width);
            }
            else
            {
                RowKernels.Scale((float*)Address(rows[i]), scale, destination, Width);
            }
        }
    }

    public void Dots(float* query, ReadOnlySpan<int> rows, float* scores)
    {
        // Rows are scattered over more memory than any cache holds: ask for them a few rows ahead.
        const int ahead = 8;
        for (var i = 0; i < Math.Min(ahead, rows.Length); i++)
        {
            Prefetch(rows[i]);
        }

        for (var i = 0; i < rows.Length; i++)
        {
            if (i + ahead < rows.Length)
            {
                Prefetch(rows[i + ahead]);
            }

            var dot = _half ? RowKernels.Dot(query, (ushort*)Address(rows[i]), Width) : RowKernels.Dot(query, (float*)Address(rows[i]), Width);
            scores[i] = dot * _inverseLengths.Pointer[rows[i]];
        }
    }

    public void Dispose() => _inverseLengths.Dispose();

    private byte* Address(long row)
    {
        var rowBytes = (long)Width * (_half ? sizeof(ushort) : sizeof(float));
        foreach (ref readonly var segment in _segments.AsSpan())
        {
            if (row - segment.ClassStart < segment.Count)
            {
                return (byte*)segment.Address + ((row - segment.ClassStart) * rowBytes);
            }
        }

        throw new ArgumentOutOfRangeException(nameof(row), row, $"there are {Count} rows");
    }

    private void Prefetch(int row) => RowKernels.Prefetch(Address(row), Width * (_half ? sizeof(ushort) : sizeof(float)));

    private void Measure(WorkerTeam team, string where) => team.RunBlocks(Count, Block, (start, count, _) =>
    {
        for (var row = start; row < start + count; row++)
        {
            var square = _half ? RowKernels.SquareLength((ushort*)Address(row), Width) : RowKernels.SquareLength((float*)Address(row), Width);
            if (!double.IsFinite(square))
            {
                throw new UserErrorException($"the weights of class {row} are not finite", where, "go back to a checkpoint from before they were lost");
            }

            _inverseLengths.Pointer[row] = square > 0 ? (float)(1 / Math.Sqrt(square)) : 0;
        }
    });
}
