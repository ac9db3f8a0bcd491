// What a file's schema says about its samples: shape, number of classes, how content is stored and in which columns.
using System.Globalization;

namespace XClassFlow.Data.DataSets.Arrow;

/// <param name="Shape">Shape of every sample.</param>
/// <param name="Classes">Number of classes.</param>
/// <param name="Storage">How the content column stores a sample.</param>
/// <param name="Label">The label column.</param>
/// <param name="Content">The content column.</param>
internal sealed record ArrowLayout(SampleShape Shape, long Classes, SampleStorage Storage, ArrowColumn Label, ArrowColumn Content)
{
    private const int MaxSide = 1 << 14;
    private const int MaxFeatures = 1 << 20;

    public static ArrowLayout From(FlatTable schema)
    {
        var (columns, metadata) = ArrowSchemaReader.Read(schema);
        var label = Find(columns, "label") ?? throw Missing("label", columns);
        if (label is not { Type: ArrowType.Int, Size: 64, IsDictionary: false })
        {
            throw new ArrowFormatException($"column 'label' is {label}", "make it int64");
        }

        var classes = Number(metadata, "classes", long.MaxValue);
        var content = Find(columns, "image") ?? Find(columns, "features") ?? throw Missing("image' or 'features", columns);
        var (shape, storage) = content.Name == "image" ? Image(content, metadata) : Features(content);
        return new(shape, classes, storage, label, content);
    }

    private static (SampleShape Shape, SampleStorage Storage) Image(ArrowColumn column, IReadOnlyDictionary<string, string> metadata)
    {
        var shape = SampleShape.Image(
            (int)Number(metadata, "height", MaxSide), (int)Number(metadata, "width", MaxSide), (int)Number(metadata, "channels", 3));
        if (shape.Channels == 2)
        {
            throw new ArrowFormatException("schema metadata 'channels' is 2", "use 1 (grey) or 3 (RGB)");
        }

        return column switch
        {
            { IsDictionary: false, Type: ArrowType.Binary } => (shape, SampleStorage.EncodedImages),
            { IsDictionary: false, Type: ArrowType.FixedSizeBinary } when column.Size == shape.Length => (shape, SampleStorage.RawPixels),
            { IsDictionary: false, Type: ArrowType.FixedSizeBinary } => throw new ArrowFormatException(
                $"column 'image' is {column} but the metadata's height x width x channels is {shape} = {shape.Length} bytes", "make them agree"),
            _ => throw new ArrowFormatException($"column 'image' is {column}", $"make it FixedSizeBinary({shape.Length}) or Binary"),
        };
    }

    private static (SampleShape Shape, SampleStorage Storage) Features(ArrowColumn column)
    {
        var isFloatList = column is { IsDictionary: false, Type: ArrowType.FixedSizeList, Children.Count: 1, Size: > 0 and <= MaxFeatures }
            && column.Children[0] is { IsDictionary: false, Type: ArrowType.FloatingPoint, Size: ArrowColumn.SinglePrecision };
        return isFloatList
            ? (SampleShape.Features(column.Size), SampleStorage.Features)
            : throw new ArrowFormatException($"column 'features' is {column}", $"make it FixedSizeList<float32> of 1 to {MaxFeatures} values");
    }

    private static ArrowColumn? Find(IReadOnlyList<ArrowColumn> columns, string name) => columns.FirstOrDefault(c => c.Name == name);

    private static ArrowFormatException Missing(string name, IReadOnlyList<ArrowColumn> columns) =>
        new($"there is no column '{name}' (columns: {string.Join(", ", columns.Select(c => c.Name).DefaultIfEmpty("none"))})", "see docs/data-format.md");

    private static long Number(IReadOnlyDictionary<string, string> metadata, string key, long max)
    {
        if (!metadata.TryGetValue(key, out var text))
        {
            throw new ArrowFormatException($"schema metadata '{key}' is missing", "see docs/data-format.md");
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= 1 && value <= max
            ? value
            : throw new ArrowFormatException($"schema metadata '{key}' is '{text}'", max == long.MaxValue ? "write a whole number of at least 1" : $"write a whole number from 1 to {max}");
    }
}
