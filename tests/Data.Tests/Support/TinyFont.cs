// Builds a TrueType font whose glyphs are boxes, for tests that must not depend on what is installed.
using System.Buffers.Binary;
using System.Text;

namespace XClassFlow.Data.Tests.Support;

/// <summary>1,000 units an em. Glyph 0, the box for missing characters, is a square of 900 units. Tables: ISO/IEC 14496-22.</summary>
public sealed class TinyFont(string family, int weight = 400)
{
    private readonly List<(int X, int Y, int Width, int Height)[]> _glyphs = [[(50, 0, 900, 900)]];
    private readonly SortedDictionary<int, int> _map = [];

    /// <summary>A character drawn as boxes; without boxes it is blank.</summary>
    public TinyFont Add(int character, params (int X, int Y, int Width, int Height)[] boxes)
    {
        _map[character] = _glyphs.Count;
        _glyphs.Add(boxes);
        return this;
    }

    /// <summary>A character drawn as another one is, by the same glyph.</summary>
    public TinyFont Alias(int character, int same)
    {
        _map[character] = same == 0 ? 0 : _map[same];
        return this;
    }

    /// <summary>The font file.</summary>
    public byte[] Build() => Assemble(Tables(), 0);

    /// <summary>A collection of several fonts, none of which share a table.</summary>
    public static byte[] Collection(params TinyFont[] fonts)
    {
        List<byte> file = [.. "ttcf"u8, .. U32(0x00010000), .. U32(fonts.Length), .. new byte[4 * fonts.Length]];
        for (var i = 0; i < fonts.Length; i++)
        {
            var at = file.Count;
            file.AddRange(Assemble(fonts[i].Tables(), at));
            file.RemoveRange(12 + (4 * i), 4);
            file.InsertRange(12 + (4 * i), U32(at));
        }

        return [.. file];
    }

    private static byte[] Assemble(SortedDictionary<string, byte[]> tables, int at)
    {
        var start = 12 + (16 * tables.Count);
        List<byte> directory = [.. U32(0x00010000), .. U16(tables.Count), .. new byte[6]];
        List<byte> content = [];
        foreach (var (name, table) in tables)
        {
            directory.AddRange([.. Encoding.ASCII.GetBytes(name), .. new byte[4], .. U32(at + start + content.Count), .. U32(table.Length)]);
            content.AddRange([.. table, .. new byte[(4 - (table.Length % 4)) % 4]]);
        }

        return [.. directory, .. content];
    }

    private SortedDictionary<string, byte[]> Tables()
    {
        List<byte> glyf = [], loca = [.. U32(0)];
        foreach (var glyph in _glyphs)
        {
            glyf.AddRange(Outline(glyph));
            loca.AddRange(U32(glyf.Count));
        }

        byte[] metrics = [.. _glyphs.SelectMany(g => (byte[])[.. U16(1000), .. U16(g.Length == 0 ? 0 : g.Min(b => b.X))])];
        return new(StringComparer.Ordinal)
        {
            ["OS/2"] = [.. U16(0), .. U16(500), .. U16(weight), .. U16(5), .. new byte[70]],
            ["cmap"] = Map(),
            ["glyf"] = [.. glyf],
            ["head"] = [.. U32(0x00010000), .. U32(0), .. U32(0), .. U32(0x5F0F3CF5), .. U16(0), .. U16(1000), .. new byte[16], .. U16(0), .. U16(0), .. U16(1000), .. U16(1000), .. U16(0), .. U16(8), .. U16(2), .. U16(1), .. U16(0)],
            ["hhea"] = [.. U32(0x00010000), .. U16(900), .. U16(-100), .. U16(0), .. U16(1000), .. new byte[22], .. U16(_glyphs.Count)],
            ["hmtx"] = metrics,
            ["loca"] = [.. loca],
            ["maxp"] = [.. U32(0x00010000), .. U16(_glyphs.Count), .. U16(64), .. U16(16), .. new byte[22]],
            ["name"] = Names(),
        };
    }

    private byte[] Names()
    {
        var text = Encoding.BigEndianUnicode.GetBytes(family);
        return [.. U16(0), .. U16(1), .. U16(18), .. U16(3), .. U16(1), .. U16(0x409), .. U16(1), .. U16(text.Length), .. U16(0), .. text];
    }

    // Format 12: groups of one character each.
    private byte[] Map() =>
    [
        .. U16(0), .. U16(1), .. U16(3), .. U16(10), .. U32(12), .. U16(12), .. U16(0), .. U32(16 + (12 * _map.Count)), .. U32(0), .. U32(_map.Count),
        .. _map.SelectMany(m => (byte[])[.. U32(m.Key), .. U32(m.Key), .. U32(m.Value)]),
    ];

    private static byte[] Outline((int X, int Y, int Width, int Height)[] boxes)
    {
        if (boxes.Length == 0)
        {
            return [];
        }

        List<byte> xs = [], ys = [];
        var (lastX, lastY) = (0, 0);
        foreach (var (x, y, width, height) in boxes)
        {
            foreach (var (px, py) in new[] { (x, y), (x, y + height), (x + width, y + height), (x + width, y) })
            {
                xs.AddRange(U16(px - lastX));
                ys.AddRange(U16(py - lastY));
                (lastX, lastY) = (px, py);
            }
        }

        return
        [
            .. U16(boxes.Length), .. U16(boxes.Min(b => b.X)), .. U16(boxes.Min(b => b.Y)), .. U16(boxes.Max(b => b.X + b.Width)), .. U16(boxes.Max(b => b.Y + b.Height)),
            .. boxes.SelectMany((_, i) => U16((4 * i) + 3)), .. U16(0), .. Enumerable.Repeat((byte)1, 4 * boxes.Length), .. xs, .. ys,
        ];
    }

    private static byte[] U16(int value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteInt16BigEndian(bytes, unchecked((short)value));
        return bytes;
    }

    private static byte[] U32(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }
}
