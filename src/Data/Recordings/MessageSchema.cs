// The Arrow schema of an edge's file.
using Apache.Arrow;
using Apache.Arrow.Types;

namespace XClassFlow.Data.Recordings;

/// <summary>One row per message; nothing is nullable. The order of the columns is part of the format.</summary>
internal static class MessageSchema
{
    public static readonly StructType Tensor = new(
    [
        new Field("name", StringType.Default, nullable: false),
        new Field("dtype", StringType.Default, nullable: false),
        new Field("shape", new ListType(new Field("item", Int64Type.Default, nullable: false)), nullable: false),
        new Field("data", BinaryType.Default, nullable: false),
    ]);

    public static readonly ListType Tensors = new(new Field("item", Tensor, nullable: false));

    public static readonly Schema Schema = new(
    [
        new Field("step", Int64Type.Default, nullable: false),
        new Field("micro_batch", Int32Type.Default, nullable: false),
        new Field("source", Int32Type.Default, nullable: false),
        new Field("destination", Int32Type.Default, nullable: false),
        new Field("type", StringType.Default, nullable: false),
        new Field("scalars", StringType.Default, nullable: false),
        new Field("tensors", Tensors, nullable: false),
    ],
    null);

    /// <summary>Whether a file has these columns, by name and type.</summary>
    public static bool Matches(Schema other) => Describe(other) == Describe(Schema);

    /// <summary>Names and types in one line.</summary>
    public static string Describe(Schema schema) => string.Join(", ", schema.FieldsList.Select(Describe));

    private static string Describe(Field field) => $"{field.Name}: {Describe(field.DataType)}";

    private static string Describe(IArrowType type) => type switch
    {
        StructType record => $"struct<{string.Join(", ", record.Fields.Select(Describe))}>",
        ListType list => $"list<{Describe(list.ValueDataType)}>",
        _ => type.Name,
    };
}
