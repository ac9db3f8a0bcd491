// A FlatBuffers table read with every offset checked, because the bytes may be damaged.
using System.Buffers.Binary;
using System.Text;

namespace XClassFlow.Data.DataSets.Arrow;

/// <summary>
/// Just the reading that Arrow's metadata needs. Apache.Arrow's own reader copies, limits a file to 2 GiB and can leave buffers to the finalizer
/// (arrow-dotnet #397); this one touches nothing outside the span it was given, whatever the bytes say.
/// </summary>
internal readonly ref struct FlatTable
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly long _at;
    private readonly ReadOnlySpan<byte> _slots;

    private FlatTable(ReadOnlySpan<byte> bytes, long at)
    {
        _bytes = bytes;
        _at = at;
        var slotsAt = at - Int32(bytes, at);
        var size = BinaryPrimitives.ReadUInt16LittleEndian(Slice(bytes, slotsAt, 2));
        if (size < 4)
        {
            throw ArrowFormatException.Damaged("metadata table without fields");
        }

        _slots = Slice(bytes, slotsAt, size)[4..];
    }

    public static FlatTable Root(ReadOnlySpan<byte> bytes) => new(bytes, UInt32(bytes, 0));

    public bool Has(int field) => Offset(field) != 0;

    public byte Byte(int field, byte absent = 0) => Offset(field) is var at and not 0 ? Slice(_bytes, at, 1)[0] : absent;

    public short Int16(int field, short absent = 0) =>
        Offset(field) is var at and not 0 ? BinaryPrimitives.ReadInt16LittleEndian(Slice(_bytes, at, 2)) : absent;

    public int Int32(int field, int absent = 0) => Offset(field) is var at and not 0 ? Int32(_bytes, at) : absent;

    public long Int64(int field, long absent = 0) =>
        Offset(field) is var at and not 0 ? BinaryPrimitives.ReadInt64LittleEndian(Slice(_bytes, at, 8)) : absent;

    public FlatTable Table(int field) => new(_bytes, Target(Required(field)));

    public string String(int field)
    {
        if (!Has(field))
        {
            return "";
        }

        var at = Target(Offset(field));
        return Encoding.UTF8.GetString(Slice(_bytes, at + 4, UInt32(_bytes, at)));
    }

    /// <summary>Elements of a vector; 0 where it is absent.</summary>
    public int Count(int field) => Has(field) ? Elements(field, 1).Count : 0;

    /// <summary>The bytes of a vector of structs of the given size; empty where it is absent.</summary>
    public ReadOnlySpan<byte> Structs(int field, int size)
    {
        if (!Has(field))
        {
            return default;
        }

        var (at, count) = Elements(field, size);
        return Slice(_bytes, at, (long)count * size);
    }

    /// <summary>The table at a place in a vector of tables.</summary>
    public FlatTable TableIn(int field, int index)
    {
        var (at, count) = Elements(field, 4);
        return index < count ? new(_bytes, Target(at + (4L * index))) : throw ArrowFormatException.Damaged("metadata vector too short");
    }

    private (long At, int Count) Elements(int field, int size)
    {
        var at = Target(Required(field));
        var count = UInt32(_bytes, at);
        _ = Slice(_bytes, at + 4, count * size);
        return (at + 4, (int)count);
    }

    private long Required(int field) => Offset(field) is var at and not 0 ? at : throw ArrowFormatException.Damaged($"metadata field {field} is missing");

    // Position of a field in the bytes; 0 where the table does not hold it.
    private long Offset(int field)
    {
        if (2 * field > _slots.Length - 2)
        {
            return 0;
        }

        var offset = BinaryPrimitives.ReadUInt16LittleEndian(_slots[(2 * field)..]);
        return offset == 0 ? 0 : _at + offset;
    }

    private long Target(long at) => at + UInt32(_bytes, at);

    private static int Int32(ReadOnlySpan<byte> bytes, long at) => BinaryPrimitives.ReadInt32LittleEndian(Slice(bytes, at, 4));

    private static long UInt32(ReadOnlySpan<byte> bytes, long at) => BinaryPrimitives.ReadUInt32LittleEndian(Slice(bytes, at, 4));

    private static ReadOnlySpan<byte> Slice(ReadOnlySpan<byte> bytes, long at, long length)
    {
        if (at < 0 || length < 0 || at > bytes.Length - length)
        {
            throw ArrowFormatException.Damaged("metadata points outside itself");
        }

        return bytes.Slice((int)at, (int)length);
    }
}
