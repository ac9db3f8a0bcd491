// Takes out of a class graph what one shard owns.
using System.Numerics;
using XClassFlow.Data.Tensors;
using XClassFlow.Stages.Selection.Graph;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Selection;

/// <summary>The owned entries of a range of classes, in the form of <see cref="NeighbourPart"/>.</summary>
internal static unsafe class OwnedNeighbours
{
    private const int Block = 4096;

    /// <summary>Copies the entries; whole lists need no copy (<see cref="SharedTable.Share"/>).</summary>
    /// <param name="table">The graph.</param>
    /// <param name="first">First class whose list is looked at.</param>
    /// <param name="classes">How many.</param>
    /// <param name="start">First class that the shard owns.</param>
    /// <param name="count">How many it owns.</param>
    /// <param name="team">Who copies.</param>
    /// <returns>int32 [entries] and uint8 [classes, (K + 7) / 8]; the caller owns them.</returns>
    public static (Tensor Rows, Tensor Masks) Of(NeighbourTable table, long first, long classes, long start, long count, WorkerTeam team)
    {
        var maskBytes = NeighbourPart.MaskBytes(table.K);
        var masks = ForeignMemory.Zeros(ElementType.UInt8, classes, maskBytes);
        var bits = (byte*)TensorMemory.AddressOf(masks);
        var starts = new long[((classes + Block - 1) / Block) + 1];
        team.RunBlocks(classes, Block, (from, n, _) =>
        {
            var owned = 0L;
            for (var c = from; c < from + n; c++)
            {
                var list = table.Of(first + c);
                for (var rank = 0; rank < list.Length; rank++)
                {
                    if ((ulong)(list[rank] - start) < (ulong)count)
                    {
                        bits[(c * maskBytes) + (rank / 8)] |= (byte)(1 << (rank % 8));
                        owned++;
                    }
                }
            }

            starts[(from / Block) + 1] = owned;
        });
        for (var block = 1; block < starts.Length; block++)
        {
            starts[block] += starts[block - 1];
        }

        var rows = ForeignMemory.Zeros(ElementType.Int32, starts[^1]);
        var to = (int*)TensorMemory.AddressOf(rows);
        team.RunBlocks(classes, Block, (from, n, _) =>
        {
            var next = to + starts[from / Block];
            for (var c = from; c < from + n; c++)
            {
                var list = table.Of(first + c);
                for (var i = 0; i < maskBytes; i++)
                {
                    for (var left = (uint)bits[(c * maskBytes) + i]; left != 0; left &= left - 1)
                    {
                        *next++ = (int)(list[(8 * i) + BitOperations.TrailingZeroCount(left)] - start);
                    }
                }
            }
        });
        return (rows, masks);
    }
}
