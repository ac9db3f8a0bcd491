// One face of a font file and the glyphs it has for the wanted characters.
namespace XClassFlow.Data.Import.Glyphs;

/// <param name="Path">The file.</param>
/// <param name="Index">Number of the face in it.</param>
/// <param name="Family">Its family's name ("Noto Sans CJK SC"), which its weights share.</param>
/// <param name="Style">Its weight, and its slant where it has one ("700", "400 italic").</param>
/// <param name="Glyphs">For each wanted character the glyph's number; 0: the face lacks it.</param>
/// <param name="Outlines">Where the glyphs are drawn from; owned by the collection.</param>
internal sealed record FontFace(string Path, int Index, string Family, string Style, ushort[] Glyphs, GlyphOutlines Outlines)
{
    // So many characters of a language do not look the same to the pixel; a font's stand-ins for what it cannot draw do.
    private const int MostAlike = 8;

    private HashSet<ulong> _standIns = [];

    /// <summary>"Noto Sans CJK SC 700".</summary>
    public string Name => $"{Family} {Style}";

    /// <summary>Hash of the picture of character <paramref name="character"/> (an index); 0 where the face has none worth learning.</summary>
    public ulong PictureOf(int character)
    {
        var picture = Glyphs[character] == 0 ? 0 : Outlines.PictureOf(Glyphs[character]);
        return picture != 0 && _standIns.Contains(picture) ? 0 : picture;
    }

    /// <summary>Finds the pictures that stand for many characters; call it once, when the outlines have been surveyed.</summary>
    public void FindStandIns() =>
        _standIns = [.. Enumerable.Range(0, Glyphs.Length).Select(PictureOf).Where(p => p != 0).GroupBy(p => p).Where(g => g.Count() > MostAlike).Select(g => g.Key)];
}
