// For a range of classes, those of their neighbours that one shard owns.
using System.Numerics;
using System.Runtime.CompilerServices;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Selection;

/// <summary>
/// Either the whole lists, where the shard owns everything: the builder's own table, 4 K bytes a class and nothing else. Or the owned entries in class order with K bits a class that say which
/// ranks they have: 4 bytes an entry and (K + 8) / 8 bytes a class. Where a class begins is counted from the bits of at most 63 others. Owns its tensors.
/// </summary>
internal sealed unsafe class NeighbourPart : IDisposable
{
    /// <summary>Classes between two starting points.</summary>
    public const int Block = 64;

    private readonly int* _rows;
    private readonly byte* _masks;
    private readonly int _maskBytes;
    private readonly long[] _starts = [];

    /// <param name="classStart">First class.</param>
    /// <param name="k">K.</param>
    /// <param name="rows">int32 [classes, K], or [entries]: local rows, nearest first. Taken over.</param>
    /// <param name="masks">uint8 [classes, (K + 7) / 8]: bit r for the neighbour of rank r; null with whole lists. Taken over.</param>
    /// <exception cref="ArgumentException">Types or shapes are other ones.</exception>
    public NeighbourPart(long classStart, int k, Tensor rows, Tensor? masks)
    {
        (ClassStart, K, Rows, Masks) = (classStart, k, rows, masks);
        _maskBytes = MaskBytes(k);
        if (masks is null)
        {
            Shapes.Require(rows, "neighbour lists", ScalarType.Int32, -1, k);
            Classes = rows.shape[0];
        }
        else
        {
            Shapes.Require(rows, "neighbours", ScalarType.Int32, -1);
            Shapes.Require(masks, "ranks of neighbours", ScalarType.Byte, -1, _maskBytes);
            Classes = masks.shape[0];
            _masks = (byte*)TensorMemory.AddressOf(masks);
            _starts = Starts(_masks, Classes, _maskBytes);
            if (_starts[^1] != rows.shape[0])
            {
                throw new ArgumentException($"{_starts[^1]} ranks for {rows.shape[0]} neighbours");
            }
        }

        _rows = (int*)TensorMemory.AddressOf(rows);
    }

    public long ClassStart { get; }

    public long Classes { get; }

    public int K { get; }

    public Tensor Rows { get; }

    public Tensor? Masks { get; }

    /// <summary>Bytes of the bits of one class.</summary>
    public static int MaskBytes(int k) => (k + 7) / 8;

    /// <summary>The owned neighbours of a class, nearest first.</summary>
    /// <param name="class">A class of this part.</param>
    /// <param name="rows">[K]; receives local rows.</param>
    /// <param name="ranks">[K]; receives their places in the full list, 0 for the class itself.</param>
    /// <returns>How many there are.</returns>
    public int Read(long @class, Span<int> rows, Span<int> ranks)
    {
        var c = @class - ClassStart;
        ArgumentOutOfRangeException.ThrowIfNegative(c);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(c, Classes);
        if (Masks is null)
        {
            for (var rank = 0; rank < K; rank++)
            {
                (rows[rank], ranks[rank]) = (_rows[(c * K) + rank], rank);
            }

            return K;
        }

        var (block, place) = Math.DivRem(c, Block);
        var at = _starts[block] + CountBits(_masks + (block * Block * _maskBytes), place * _maskBytes);
        var count = 0;
        for (var i = 0; i < _maskBytes; i++)
        {
            for (var bits = (uint)_masks[(c * _maskBytes) + i]; bits != 0; bits &= bits - 1)
            {
                (rows[count], ranks[count]) = (_rows[at + count], (8 * i) + BitOperations.TrailingZeroCount(bits));
                count++;
            }
        }

        return count;
    }

    public void Dispose()
    {
        Rows.Dispose();
        Masks?.Dispose();
    }

    private static long[] Starts(byte* masks, long classes, int maskBytes)
    {
        var starts = new long[((classes + Block - 1) / Block) + 1];
        for (var block = 0L; block < starts.Length - 1; block++)
        {
            var first = block * Block;
            starts[block + 1] = starts[block] + CountBits(masks + (first * maskBytes), Math.Min(Block, classes - first) * maskBytes);
        }

        return starts;
    }

    private static long CountBits(byte* bytes, long count)
    {
        var bits = 0L;
        for (; count >= sizeof(ulong); bytes += sizeof(ulong), count -= sizeof(ulong))
        {
            bits += BitOperations.PopCount(Unsafe.ReadUnaligned<ulong>(bytes));
        }

        for (; count > 0; bytes++, count--)
        {
            bits += BitOperations.PopCount(*bytes);
        }

        return bits;
    }
}
