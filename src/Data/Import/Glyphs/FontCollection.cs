// All faces of the named font files, in a fixed order, with their pictures surveyed.
using SkiaSharp;

namespace XClassFlow.Data.Import.Glyphs;

/// <summary>
/// Files are mapped, not read: do not cut one in place meanwhile. A file that is no whole font is left out with its reason. Owns typefaces and mappings.
/// </summary>
internal sealed class FontCollection : IDisposable
{
    private readonly List<GlyphOutlines> _outlines = [];
    private readonly List<FontFace> _faces = [];
    private readonly List<SkippedFile> _skipped = [];

    /// <param name="files">Font files, in the order in which their faces are numbered.</param>
    /// <param name="characters">The wanted code points.</param>
    public FontCollection(IReadOnlyList<string> files, IReadOnlyList<int> characters)
    {
        foreach (var file in files)
        {
            try
            {
                Open(file, characters);
            }
            catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
            {
                _skipped.Add(new(file, e.Message));
            }
        }
    }

    public IReadOnlyList<FontFace> Faces => _faces;

    /// <summary>Files, or faces of files, that were left out.</summary>
    public IReadOnlyList<SkippedFile> Skipped => _skipped;

    /// <summary>Draws every glyph that a face has for a wanted character, and notes what it looks like.</summary>
    /// <param name="faces">Of this collection.</param>
    /// <param name="size">Side of the pictures.</param>
    /// <param name="cancellation">Stops between two parts.</param>
    public static void Survey(IReadOnlyList<FontFace> faces, int size, CancellationToken cancellation)
    {
        foreach (var sharing in faces.GroupBy(f => f.Outlines))
        {
            ushort[] glyphs = [.. sharing.SelectMany(f => f.Glyphs).Where(g => g != 0).Distinct().Order()];
            sharing.Key.Survey(glyphs, size, cancellation);
        }

        foreach (var face in faces)
        {
            face.FindStandIns();
        }
    }

    public void Dispose() => _outlines.ForEach(o => o.Dispose());

    private void Open(string file, IReadOnlyList<int> characters)
    {
        if (new FileInfo(file).Length is var length && length > int.MaxValue)
        {
            throw new InvalidDataException("the file is larger than 2 GiB");
        }

        // Whoever cannot read it gets the reason from the runtime; native code only says that it failed.
        using (File.OpenRead(file))
        {
        }

        // A typeface keeps the mapping alive as long as it lives.
        using var data = length == 0 ? SKData.Empty : SKData.Create(file) ?? throw new InvalidDataException("the file cannot be mapped");
        var places = FontTables.OutlinesOfFaces(data.Span);
        var known = new Dictionary<uint, GlyphOutlines>();
        for (var index = 0; index < places.Count; index++)
        {
            var typeface = SKTypeface.FromData(data, index);
            if (typeface is null || typeface.GlyphCount < 1)
            {
                typeface?.Dispose();
                _skipped.Add(new(file, $"face {index} cannot be opened (damaged?)"));
                continue;
            }

            _faces.Add(FaceOf(file, index, typeface, characters, known, places[index]));
        }
    }

    private FontFace FaceOf(string file, int index, SKTypeface typeface, IReadOnlyList<int> characters, Dictionary<uint, GlyphOutlines> known, uint place)
    {
        var style = typeface.FontStyle;
        var family = string.IsNullOrWhiteSpace(typeface.FamilyName) ? Path.GetFileNameWithoutExtension(file) : typeface.FamilyName;
        var slant = style.Slant == SKFontStyleSlant.Upright ? "" : " italic";
        ushort[] glyphs;
        using (var font = GlyphPainter.FontOf(typeface))
        {
            glyphs = [.. characters.Select(c => font.GetGlyph(c))];
        }

        if (known.TryGetValue(place, out var outlines))
        {
            typeface.Dispose();
        }
        else
        {
            outlines = known[place] = new GlyphOutlines(typeface);
            _outlines.Add(outlines);
        }

        return new(file, index, family.ReplaceLineEndings(" "), FormattableString.Invariant($"{style.Weight}{slant}"), glyphs, outlines);
    }
}
