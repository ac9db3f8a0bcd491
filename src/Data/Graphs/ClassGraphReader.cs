// Checks a mapped class graph and finds its batches.
using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using XClassFlow.Data.Checkpoints;
using XClassFlow.Data.DataSets.Arrow;

namespace XClassFlow.Data.Graphs;

/// <summary>Throws <see cref="ArrowFormatException"/> for whatever is not a whole class graph.</summary>
internal static unsafe class ClassGraphReader
{
    // Field numbers of RecordBatch in Message.fbs; nodes and buffers are pairs of int64.
    private const int Length = 0;
    private const int Nodes = 1;
    private const int Buffers = 2;
    private const int Compression = 3;
    private const int PairBytes = 16;
    private const int HashChunk = 32 << 20;

    public static (ClassGraphInfo Info, ClassGraphBatch[] Batches) Read(MappedFile file)
    {
        var messages = new IpcReader(file);
        if (!messages.MoveNext() || messages.Kind != IpcMessageKind.Schema)
        {
            throw ArrowFormatException.Damaged("the first message is not a schema");
        }

        var (columns, metadata) = ArrowSchemaReader.Read(messages.Current);
        var info = InfoOf(metadata);
        var column = ColumnOf(columns, info.K);
        var batches = new List<ClassGraphBatch>();
        var rows = 0L;
        while (messages.MoveNext())
        {
            if (messages.Kind != IpcMessageKind.RecordBatch)
            {
                throw ArrowFormatException.Damaged($"a message of kind {(int)messages.Kind} among the batches");
            }

            var batch = BatchOf(file, messages, column, info, rows);
            rows += batch.Rows;
            if (batch.Rows > 0)
            {
                batches.Add(batch);
            }
        }

        if (rows != info.Classes)
        {
            throw ArrowFormatException.Damaged($"it has {rows} lists, {info.Classes} were written");
        }

        CheckContent(batches, info, Text(metadata, ClassGraphFormat.ChecksumKey));
        return (info, [.. batches]);
    }

    private static ClassGraphInfo InfoOf(IReadOnlyDictionary<string, string> metadata)
    {
        if (metadata.GetValueOrDefault(ClassGraphFormat.FormatKey) != ClassGraphFormat.Name)
        {
            throw new ArrowFormatException("this is not a class graph", "name a file that `xclassflow graph build` wrote");
        }

        if (Number(metadata, ClassGraphFormat.VersionKey, long.MaxValue) is var version and > ClassGraphFormat.Version)
        {
            throw new ArrowFormatException($"its format version is {version}, this program knows {ClassGraphFormat.Version}", "use a newer program, or build the graph again");
        }

        return new ClassGraphInfo(
            Number(metadata, ClassGraphFormat.ClassesKey, int.MaxValue, 1),
            (int)Number(metadata, ClassGraphFormat.KKey, ClassGraphFormat.MaxK, 1),
            Text(metadata, ClassGraphFormat.MethodKey),
            ulong.TryParse(Text(metadata, ClassGraphFormat.SeedKey), NumberStyles.None, CultureInfo.InvariantCulture, out var seed)
                ? seed : throw ArrowFormatException.Damaged("its seed is no number"),
            !metadata.TryGetValue(ClassGraphFormat.RecallKey, out var recall) ? null
                : double.TryParse(recall, NumberStyles.Float, CultureInfo.InvariantCulture, out var share) ? share : throw ArrowFormatException.Damaged("its recall is no number"),
            metadata.ContainsKey(ClassGraphFormat.StepKey) ? Number(metadata, ClassGraphFormat.StepKey, long.MaxValue) : null);
    }

    private static ArrowColumn ColumnOf(IReadOnlyList<ArrowColumn> columns, int k) =>
        columns is [{ Name: ClassGraphFormat.Column, Type: ArrowType.FixedSizeList, IsDictionary: false, Children: [{ Type: ArrowType.Int, Size: 32, IsDictionary: false }] } column]
        && column.Size == k
            ? column
            : throw ArrowFormatException.Damaged($"its columns are {string.Join(", ", columns.Select(c => $"{c.Name} ({c})"))}");

    private static ClassGraphBatch BatchOf(MappedFile file, IpcReader messages, ArrowColumn column, ClassGraphInfo info, long firstRow)
    {
        var header = messages.Current;
        var rows = header.Int64(Length);
        if (header.Has(Compression))
        {
            throw new ArrowFormatException("its batches are compressed", "write it without compression");
        }

        if (rows < 0 || rows > info.Classes - firstRow)
        {
            throw ArrowFormatException.Damaged($"a batch of {rows} lists at class {firstRow} of {info.Classes}");
        }

        var ids = column.Children[0];
        var (listCount, listNulls) = Pair(header.Structs(Nodes, PairBytes), column.Node);
        var (idCount, idNulls) = Pair(header.Structs(Nodes, PairBytes), ids.Node);
        if (listCount != rows || idCount != rows * info.K || listNulls != 0 || idNulls != 0)
        {
            throw ArrowFormatException.Damaged($"the batch at class {firstRow} has {idCount} ids, {idNulls + listNulls} of them null, in {listCount} lists");
        }

        var (offset, length) = Pair(header.Structs(Buffers, PairBytes), ids.Buffer + 1);
        if (offset < 0 || length < rows * info.K * sizeof(int) || length > messages.BodyBytes || offset > messages.BodyBytes - length)
        {
            throw ArrowFormatException.Damaged($"a buffer of {length} bytes at {offset} for {rows} lists");
        }

        return new ClassGraphBatch(firstRow, rows, (nint)file.At(messages.Body + offset, length));
    }

    private static void CheckContent(IReadOnlyList<ClassGraphBatch> batches, ClassGraphInfo info, string checksum)
    {
        var hash = new XxHash3();
        foreach (var batch in batches)
        {
            for (var row = 0L; row < batch.Rows; row++)
            {
                CheckList(batch.FirstRow + row, new ReadOnlySpan<int>(batch.Ids + (row * info.K), info.K), info.Classes);
            }

            var bytes = batch.Rows * info.K * sizeof(int);
            for (var offset = 0L; offset < bytes; offset += HashChunk)
            {
                hash.Append(new ReadOnlySpan<byte>((byte*)batch.Ids + offset, (int)Math.Min(HashChunk, bytes - offset)));
            }
        }

        var found = HashingStream.Format(hash.GetCurrentHashAsUInt64());
        if (found != checksum)
        {
            throw ArrowFormatException.Damaged($"the checksum of its lists is {found}, {checksum} was written");
        }
    }

    private static void CheckList(long @class, ReadOnlySpan<int> list, long classes)
    {
        var wrong = list[0] != @class;
        foreach (var id in list)
        {
            wrong |= (uint)id >= classes;
        }

        if (wrong)
        {
            throw ArrowFormatException.Damaged($"the list of class {@class} begins with {list[0]} or names classes that do not exist");
        }
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

    private static string Text(IReadOnlyDictionary<string, string> metadata, string key) =>
        metadata.TryGetValue(key, out var text) ? text : throw ArrowFormatException.Damaged($"its metadata '{key}' is missing");

    private static long Number(IReadOnlyDictionary<string, string> metadata, string key, long most, long least = 0) =>
        long.TryParse(Text(metadata, key), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw ArrowFormatException.Damaged($"its metadata '{key}' is '{Text(metadata, key)}'");
}
