// Checks the structure of a font file before native code sees it, and says which faces share their outlines.
using System.Buffers.Binary;
using System.Text;

namespace XClassFlow.Data.Import.Glyphs;

/// <summary>
/// TrueType and OpenType (sfnt) files and collections of them (ISO/IEC 14496-22, chapter 4): every table must lie inside the file, those that drawing
/// needs must be there, and the header must be one. FreeType checks again what it reads; this catches cut and foreign files with a reason a user understands.
/// </summary>
internal static class FontTables
{
    private const uint Collection = 0x74746366; // ttcf
    private const int MaxFaces = 256;
    private const int MaxTables = 512;

    /// <summary>For each face in the file, where the table of its outlines starts: faces with the same place draw a glyph the same.</summary>
    /// <exception cref="InvalidDataException">The file is no font, is cut off or damaged, or has no outlines; the message says which.</exception>
    public static IReadOnlyList<uint> OutlinesOfFaces(ReadOnlySpan<byte> file)
    {
        if (file.Length < 12)
        {
            throw new InvalidDataException(file.Length == 0 ? "the file is empty" : "this is not a TrueType or OpenType font");
        }

        if (BinaryPrimitives.ReadUInt32BigEndian(file) != Collection)
        {
            return [OutlinesOf(file, 0)];
        }

        var faces = BinaryPrimitives.ReadUInt32BigEndian(file[8..]);
        if (faces is 0 or > MaxFaces || 12 + (4 * (long)faces) > file.Length)
        {
            throw new InvalidDataException($"the collection says it has {faces} faces (damaged or cut off)");
        }

        var outlines = new uint[faces];
        for (var face = 0; face < faces; face++)
        {
            outlines[face] = OutlinesOf(file, BinaryPrimitives.ReadUInt32BigEndian(file[(12 + (4 * face))..]));
        }

        return outlines;
    }

    private static uint OutlinesOf(ReadOnlySpan<byte> file, uint start)
    {
        if ((long)start + 12 > file.Length)
        {
            throw new InvalidDataException("a face lies outside the file (cut off?)");
        }

        var header = file[(int)start..];
        if (BinaryPrimitives.ReadUInt32BigEndian(header) is not (0x00010000 or 0x4F54544F or 0x74727565))
        {
            throw new InvalidDataException("this is not a TrueType or OpenType font");
        }

        var count = BinaryPrimitives.ReadUInt16BigEndian(header[4..]);
        if (count is 0 or > MaxTables || 12 + (16 * count) > header.Length)
        {
            throw new InvalidDataException($"a face says it has {count} tables (damaged or cut off)");
        }

        var tables = new Dictionary<string, (uint Offset, uint Length)>(count, StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            var entry = header.Slice(12 + (16 * i), 16);
            var name = Encoding.Latin1.GetString(entry[..4]);
            var (offset, length) = (BinaryPrimitives.ReadUInt32BigEndian(entry[8..]), BinaryPrimitives.ReadUInt32BigEndian(entry[12..]));
            if ((long)offset + length > file.Length)
            {
                throw new InvalidDataException($"its table '{name.Trim()}' ends beyond the file (cut off?)");
            }

            tables[name] = (offset, length);
        }

        return CheckTables(file, tables);
    }

    private static uint CheckTables(ReadOnlySpan<byte> file, Dictionary<string, (uint Offset, uint Length)> tables)
    {
        var missing = Array.Find(["cmap", "head", "maxp"], name => !tables.ContainsKey(name));
        if (missing is not null)
        {
            throw new InvalidDataException($"it has no table '{missing}'");
        }

        var head = file.Slice((int)tables["head"].Offset, (int)tables["head"].Length);
        if (head.Length < 54 || BinaryPrimitives.ReadUInt32BigEndian(head[12..]) != 0x5F0F3CF5 || BinaryPrimitives.ReadUInt16BigEndian(head[18..]) is < 16 or > 16384)
        {
            throw new InvalidDataException("its table 'head' is damaged");
        }

        if (tables.TryGetValue("glyf", out var outlines) && tables.ContainsKey("loca"))
        {
            return outlines.Offset;
        }

        return tables.TryGetValue("CFF ", out outlines) || tables.TryGetValue("CFF2", out outlines)
            ? outlines.Offset
            : throw new InvalidDataException("it has no outlines (a bitmap font?)");
    }
}
