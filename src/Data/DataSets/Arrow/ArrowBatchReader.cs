// Turns the record batches of one mapped file into checked pointers.
using System.Buffers.Binary;

namespace XClassFlow.Data.DataSets.Arrow;

/// <summary>Checks lengths, nulls, labels and offsets of every batch; throws <see cref="ArrowFormatException"/> with the row.</summary>
internal sealed unsafe class ArrowBatchReader(MappedFile file, IpcReader messages, ArrowLayout layout)
{
    // Field numbers of RecordBatch in Message.fbs; a node is (length, null count), a buffer is (offset, length), both two int64.
    private const int Length = 0;
    private const int Nodes = 1;
    private const int Buffers = 2;
    private const int Compression = 3;
    private const int PairBytes = 16;

    private long _firstRow;

    /// <summary>The current message as a batch.</summary>
    public ArrowBatch Read(int fileIndex, long rowsBeforeFile)
    {
        var header = messages.Current;
        var rows = header.Int64(Length);
        if (header.Has(Compression))
        {
            throw new ArrowFormatException("its batches are compressed", "write it without compression");
        }

        // A row takes at least this much, which keeps every product below from overflowing.
        var rowBytes = sizeof(long) + layout.Storage switch
        {
            SampleStorage.RawPixels => layout.Shape.Length,
            SampleStorage.Features => (long)layout.Shape.Length * sizeof(float),
            _ => sizeof(int),
        };
        if (rows < 0 || rows > messages.BodyBytes / rowBytes)
        {
            throw ArrowFormatException.Damaged($"a batch of {rows} rows");
        }

        CheckNode(header, layout.Label, rows);
        CheckNode(header, layout.Content, rows);
        var labels = (long*)BufferOf(header, layout.Label.Buffer + 1, rows * sizeof(long));
        CheckLabels(labels, rows);
        byte* content;
        int* offsets = null;
        if (layout.Storage == SampleStorage.EncodedImages)
        {
            offsets = (int*)BufferOf(header, layout.Content.Buffer + 1, rows == 0 ? 0 : (rows + 1) * sizeof(int));
            var last = CheckOffsets(offsets, rows);
            content = BufferOf(header, layout.Content.Buffer + 2, last);
        }
        else if (layout.Storage == SampleStorage.Features)
        {
            CheckNode(header, layout.Content.Children[0], rows * layout.Shape.Length);
            content = BufferOf(header, layout.Content.Children[0].Buffer + 1, rows * layout.Shape.Length * sizeof(float));
        }
        else
        {
            content = BufferOf(header, layout.Content.Buffer + 1, rows * layout.Shape.Length);
        }

        var batch = new ArrowBatch
        {
            File = fileIndex,
            FirstRow = rowsBeforeFile + _firstRow,
            FirstRowInFile = _firstRow,
            Rows = rows,
            Labels = labels,
            Content = content,
            Offsets = offsets,
        };
        _firstRow += rows;
        return batch;
    }

    private void CheckNode(FlatTable header, ArrowColumn column, long rows)
    {
        var (length, nulls) = Pair(header.Structs(Nodes, PairBytes), column.Node);
        if (length != rows)
        {
            throw ArrowFormatException.Damaged($"column '{column.Name}' has {length} values where {rows} belong");
        }

        if (nulls == 0)
        {
            return;
        }

        var bitmap = BufferOf(header, column.Buffer, (rows + 7) / 8);
        for (long i = 0; i < rows; i++)
        {
            if ((bitmap[i >> 3] & (1 << (int)(i & 7))) == 0)
            {
                var row = _firstRow + (column == layout.Label || column == layout.Content ? i : i / layout.Shape.Length);
                throw new ArrowFormatException($"row {row}: '{layout.Content.Name}' or its label is null (column '{column.Name}')", "leave such rows out");
            }
        }
    }

    private void CheckLabels(long* labels, long rows)
    {
        for (long i = 0; i < rows; i++)
        {
            if ((ulong)labels[i] >= (ulong)layout.Classes)
            {
                throw new ArrowFormatException(
                    $"row {_firstRow + i}: label {labels[i]} is outside 0..{layout.Classes - 1}", "correct the label, or the metadata 'classes'");
            }
        }
    }

    // Returns the end of the last value: the bytes of content that the batch needs.
    private long CheckOffsets(int* offsets, long rows)
    {
        for (long i = 0; i < rows; i++)
        {
            if (offsets[i] < 0 || offsets[i + 1] < offsets[i])
            {
                throw ArrowFormatException.Damaged($"row {_firstRow + i}: its offsets {offsets[i]}, {offsets[i + 1]} are wrong");
            }
        }

        return rows == 0 ? 0 : offsets[rows];
    }

    private byte* BufferOf(FlatTable header, int index, long atLeast)
    {
        var (offset, length) = Pair(header.Structs(Buffers, PairBytes), index);
        if (offset < 0 || length < atLeast || length > messages.BodyBytes || offset > messages.BodyBytes - length)
        {
            throw ArrowFormatException.Damaged($"a buffer of {length} bytes at {offset} where {atLeast} bytes belong, from row {_firstRow}");
        }

        return file.At(messages.Body + offset, length);
    }

    private static (long First, long Second) Pair(ReadOnlySpan<byte> pairs, int index)
    {
        if ((index + 1) * PairBytes > pairs.Length)
        {
            throw ArrowFormatException.Damaged("a batch has fewer columns than the schema");
        }

        var pair = pairs[(index * PairBytes)..];
        return (BinaryPrimitives.ReadInt64LittleEndian(pair), BinaryPrimitives.ReadInt64LittleEndian(pair[8..]));
    }
}
