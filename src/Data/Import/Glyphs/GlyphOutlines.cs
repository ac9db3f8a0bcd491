// The outlines that one or several faces of a font file share, and what was seen when they were drawn.
using SkiaSharp;

namespace XClassFlow.Data.Import.Glyphs;

/// <summary>
/// Glyphs by number. The faces of a collection mostly share outlines and differ in which characters they map to which, so every outline is
/// drawn once for all of them. Owns the typeface. After the survey only read, by many threads.
/// </summary>
internal sealed class GlyphOutlines : IDisposable
{
    private readonly ulong[] _pictures;

    /// <param name="typeface">Any face with these outlines; owned from here on.</param>
    public GlyphOutlines(SKTypeface typeface)
    {
        Typeface = typeface;
        _pictures = new ulong[Math.Min(typeface.GlyphCount, ushort.MaxValue + 1)];
    }

    public SKTypeface Typeface { get; }

    /// <summary>Hash of the glyph's picture; 0 where it draws nothing, is the font's box for missing characters, or was not surveyed.</summary>
    public ulong PictureOf(ushort glyph) => glyph < _pictures.Length ? _pictures[glyph] : 0;

    /// <summary>Draws the glyphs and keeps the hashes of their pictures.</summary>
    /// <param name="glyphs">Numbers, each once.</param>
    /// <param name="size">Side of the pictures.</param>
    /// <param name="cancellation">Stops between two slices.</param>
    public void Survey(ushort[] glyphs, int size, CancellationToken cancellation)
    {
        const int slice = 256;
        using (var painter = new GlyphPainter(size))
        {
            SurveySlice(painter, size, [0]);
        }

        var box = PictureOf(0);
        var options = new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(
            0, (glyphs.Length + slice - 1) / slice, options, () => new GlyphPainter(size),
            (part, _, painter) =>
            {
                SurveySlice(painter, size, glyphs.AsSpan(part * slice, Math.Min(slice, glyphs.Length - (part * slice))));
                return painter;
            },
            painter => painter.Dispose());
        foreach (var glyph in glyphs.Append((ushort)0).Where(g => PictureOf(g) == box))
        {
            _pictures[glyph] = 0;
        }
    }

    public void Dispose() => Typeface.Dispose();

    private void SurveySlice(GlyphPainter painter, int size, ReadOnlySpan<ushort> glyphs)
    {
        using var font = GlyphPainter.FontOf(Typeface);
        var pixels = new byte[size * size];
        foreach (var glyph in glyphs)
        {
            if (glyph < _pictures.Length)
            {
                _pictures[glyph] = painter.TryPaint(font, glyph, pixels) ? Math.Max(1, System.IO.Hashing.XxHash3.HashToUInt64(pixels)) : 0;
            }
        }
    }
}
