// Arrow files written straight with Apache.Arrow: an independent writer, and the only way to make wrong ones.
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;

namespace XClassFlow.Data.Tests.Support;

public static class ArrowFiles
{
    public static readonly Dictionary<string, string> GreyMetadata =
        new() { ["classes"] = "5", ["height"] = "2", ["width"] = "2", ["channels"] = "1" };

    /// <summary>Writes two batches of the columns; disposes them.</summary>
    public static void Write(
        string path, IReadOnlyDictionary<string, string> metadata, bool asStream, params (string Name, IArrowArray Array)[] columns) =>
        Write(asStream ? [] : [path], asStream ? [path] : [], metadata, columns);

    /// <summary>Writes the same two batches to files and to streams; disposes them.</summary>
    public static void Write(
        string[] files, string[] streams, IReadOnlyDictionary<string, string> metadata, params (string Name, IArrowArray Array)[] columns)
    {
        var schema = new Schema(columns.Select(c => new Field(c.Name, c.Array.Data.DataType, nullable: true)), metadata);
        using var batch = new RecordBatch(schema, columns.Select(c => c.Array), columns[0].Array.Length);
        foreach (var path in files.Concat(streams))
        {
            using var file = File.Create(path);
            using var writer = streams.Contains(path) ? new ArrowStreamWriter(file, schema) : new ArrowFileWriter(file, schema);
            writer.WriteRecordBatch(batch);
            writer.WriteRecordBatch(batch);
            writer.WriteEnd();
        }

        GC.KeepAlive(batch);
    }

    public static Int64Array Labels(params long?[] labels)
    {
        var builder = new Int64Array.Builder();
        foreach (var label in labels)
        {
            builder.Append(label);
        }

        return builder.Build();
    }

    public static BinaryArray Binary(params byte[]?[] values)
    {
        var builder = new BinaryArray.Builder();
        foreach (var value in values)
        {
            _ = value is null ? builder.AppendNull() : builder.Append(value.AsEnumerable());
        }

        return builder.Build();
    }

    public static IArrowArray FixedBinary(int width, int rows) => ArrowArrayFactory.BuildArray(
        new ArrayData(new FixedSizeBinaryType(width), rows, 0, 0, [ArrowBuffer.Empty, new ArrowBuffer(new byte[width * rows])]));

    public static FixedSizeListArray Floats(int width, params float?[] values)
    {
        var builder = new FloatArray.Builder();
        foreach (var value in values)
        {
            builder.Append(value);
        }

        return new(new FixedSizeListType(new Field("item", FloatType.Default, true), width), values.Length / width, builder.Build(), ArrowBuffer.Empty);
    }
}
