// Reads an Arrow schema's columns and metadata from its FlatBuffers header.
namespace XClassFlow.Data.DataSets.Arrow;

/// <summary>Counts field nodes and buffers while it goes, so that a column can be found in a batch whatever stands before it.</summary>
internal sealed class ArrowSchemaReader
{
    // More than any real schema has; damaged metadata can make a few bytes look like a huge tree.
    private const int MaxDepth = 16;
    private const int MaxColumns = 10_000;

    private int _nodes;
    private int _buffers;

    private ArrowSchemaReader()
    {
    }

    public static (IReadOnlyList<ArrowColumn> Columns, IReadOnlyDictionary<string, string> Metadata) Read(FlatTable schema)
    {
        if (schema.Int16(0) != 0)
        {
            throw new ArrowFormatException("the file is big-endian", "write it on a little-endian machine");
        }

        var reader = new ArrowSchemaReader();
        var columns = new List<ArrowColumn>();
        for (var i = 0; i < schema.Count(1); i++)
        {
            columns.Add(reader.ReadColumn(schema.TableIn(1, i), 0));
        }

        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < schema.Count(2); i++)
        {
            var pair = schema.TableIn(2, i);
            metadata[pair.String(0)] = pair.String(1);
        }

        return (columns, metadata);
    }

    private ArrowColumn ReadColumn(FlatTable field, int depth)
    {
        if (depth > MaxDepth || _nodes > MaxColumns)
        {
            throw ArrowFormatException.Damaged("the schema has too many columns");
        }

        var name = field.String(0);
        var type = (ArrowType)field.Byte(2);
        var isDictionary = field.Has(4);
        var (node, buffer) = (_nodes, _buffers);
        _nodes++;
        _buffers += isDictionary ? 2 : BuffersOf(type, name);
        var children = new List<ArrowColumn>();
        for (var i = 0; !isDictionary && i < field.Count(5); i++)
        {
            children.Add(ReadColumn(field.TableIn(5, i), depth + 1));
        }

        return new(name, type, field.Has(3) ? SizeOf(type, field.Table(3)) : 0, isDictionary, node, buffer, children);
    }

    private static int SizeOf(ArrowType type, FlatTable detail) => type switch
    {
        ArrowType.Int => detail.Byte(1) != 0 ? detail.Int32(0) : -detail.Int32(0),
        ArrowType.FloatingPoint => detail.Int16(0),
        ArrowType.FixedSizeBinary or ArrowType.FixedSizeList => detail.Int32(0),
        _ => 0,
    };

    private static int BuffersOf(ArrowType type, string name) => type switch
    {
        ArrowType.Null or ArrowType.RunEndEncoded => 0,
        ArrowType.Struct or ArrowType.FixedSizeList => 1,
        ArrowType.Binary or ArrowType.Utf8 or ArrowType.LargeBinary or ArrowType.LargeUtf8 or ArrowType.ListView or ArrowType.LargeListView => 3,
        ArrowType.None or ArrowType.Union or ArrowType.BinaryView or ArrowType.Utf8View =>
            throw new ArrowFormatException($"column '{name}' has a type that cannot be skipped over ({type})", "leave the column out"),
        _ => 2,
    };
}
