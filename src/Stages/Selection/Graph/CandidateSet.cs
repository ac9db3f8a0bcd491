// The rows that one row is to be compared with, each once.
using System.Runtime.CompilerServices;

namespace XClassFlow.Stages.Selection.Graph;

/// <summary>A list with a hash table beside it. Owns its memory; reused for row after row. Not thread-safe.</summary>
internal sealed unsafe class CandidateSet : IDisposable
{
    private const int Empty = -1;

    private readonly NativeBuffer<int> _slots;
    private readonly NativeBuffer<int> _rows;
    private readonly int _mask;

    /// <param name="capacity">Most candidates.</param>
    public CandidateSet(int capacity)
    {
        var slots = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(64, 2 * capacity));
        _mask = slots - 1;
        _slots = new NativeBuffer<int>(slots);
        _rows = new NativeBuffer<int>(capacity);
    }

    public int Count { get; private set; }

    /// <summary>The candidates in the order in which they came.</summary>
    public ReadOnlySpan<int> Rows => _rows.Span(0, Count);

    public static long BytesFor(int capacity) => 5L * capacity * sizeof(int);

    public void Clear()
    {
        Count = 0;
        _slots.Span(0, _mask + 1).Fill(Empty);
    }

    /// <summary>Remembers a row that is no candidate.</summary>
    public void Exclude(int row) => Enter(row);

    /// <summary>Adds a row unless it is there or excluded.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int row)
    {
        if (Enter(row))
        {
            _rows.Pointer[Count++] = row;
        }
    }

    public void Dispose()
    {
        _slots.Dispose();
        _rows.Dispose();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Enter(int row)
    {
        // Fibonacci hashing; the table is never more than half full.
        for (var slot = (int)(((uint)row * 2654435769u) >> 8) & _mask; ; slot = (slot + 1) & _mask)
        {
            if (_slots.Pointer[slot] == row)
            {
                return false;
            }

            if (_slots.Pointer[slot] == Empty)
            {
                _slots.Pointer[slot] = row;
                return true;
            }
        }
    }
}
