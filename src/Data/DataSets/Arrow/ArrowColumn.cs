// One column of a schema: its type, and where its parts stand in the flat lists of every record batch.
namespace XClassFlow.Data.DataSets.Arrow;

/// <param name="Name">Column name.</param>
/// <param name="Type">Type; of the values where the column is dictionary-encoded.</param>
/// <param name="Size">Bits of an integer, signed if positive; bytes of a fixed-size binary; length of a fixed-size list; precision of a float.</param>
/// <param name="IsDictionary">Whether a batch holds indices into a dictionary.</param>
/// <param name="Node">Index of its field node in a batch.</param>
/// <param name="Buffer">Index of its first buffer (the validity bitmap) in a batch.</param>
/// <param name="Children">Child columns; one for a list.</param>
internal sealed record ArrowColumn(string Name, ArrowType Type, int Size, bool IsDictionary, int Node, int Buffer, IReadOnlyList<ArrowColumn> Children)
{
    public const int SinglePrecision = 1;

    public override string ToString() => IsDictionary ? $"dictionary of {Describe()}" : Describe();

    private string Describe() => Type switch
    {
        ArrowType.Int => Size > 0 ? $"int{Size}" : $"uint{-Size}",
        ArrowType.FloatingPoint => Size switch { 0 => "float16", SinglePrecision => "float32", _ => "float64" },
        ArrowType.FixedSizeBinary => $"FixedSizeBinary({Size})",
        ArrowType.FixedSizeList => $"FixedSizeList<{(Children.Count == 1 ? Children[0] : "?")}>[{Size}]",
        _ => Type.ToString(),
    };
}
