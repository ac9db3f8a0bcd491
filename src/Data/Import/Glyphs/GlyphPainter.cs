// Draws the outline of one glyph as a small grey picture.
using SkiaSharp;

namespace XClassFlow.Data.Import.Glyphs;

/// <summary>
/// Ink is 255 on paper 0, antialiased by coverage, without hinting. The em square is 15/16 of the picture's side and the box of the ink is centred; ink that would
/// not fit is made smaller. Neither advance widths nor bitmaps inside the font are used, so a picture depends on the outline alone. Owns native memory; one thread at a time.
/// </summary>
internal sealed unsafe class GlyphPainter : IDisposable
{
    // Outlines are taken at this size: enough that FreeType's rounding to 1/64 is far below a pixel.
    private const float OutlineSize = 256;

    // Ink beyond so many ems is a damaged outline.
    private const float MaxEms = 8;

    private readonly int _size;
    private readonly SKBitmap _bitmap;
    private readonly SKCanvas _canvas;
    private readonly SKPaint _ink = new() { IsAntialias = true, Color = SKColors.White };

    /// <param name="size">Height and width of the pictures.</param>
    public GlyphPainter(int size)
    {
        _size = size;
        _bitmap = new SKBitmap(new SKImageInfo(size, size, SKColorType.Gray8, SKAlphaType.Opaque));
        _canvas = new SKCanvas(_bitmap);
    }

    /// <summary>A font from which <see cref="TryPaint"/> takes outlines; the caller disposes it.</summary>
    public static SKFont FontOf(SKTypeface typeface) =>
        new(typeface, OutlineSize) { Hinting = SKFontHinting.None, Subpixel = true, LinearMetrics = true, EmbeddedBitmaps = false };

    /// <summary>Draws a glyph; false where it leaves no ink (or its outline is damaged), and then the picture is undefined.</summary>
    /// <param name="font">From <see cref="FontOf"/>.</param>
    /// <param name="glyph">Its number in the font.</param>
    /// <param name="pixels">Receives size * size bytes.</param>
    public bool TryPaint(SKFont font, ushort glyph, Span<byte> pixels)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(pixels.Length, _size * _size);
        using var outline = font.GetGlyphPath(glyph);
        if (outline is null || outline.IsEmpty)
        {
            return false;
        }

        var box = outline.TightBounds;
        // Written so that NaN fails too.
        if (!(box.Width > 0 && box.Height > 0 && MathF.Max(box.Width, box.Height) <= MaxEms * OutlineSize))
        {
            return false;
        }

        var scale = MathF.Min(_size * 15f / 16 / OutlineSize, _size / MathF.Max(box.Width, box.Height));
        _canvas.Clear(SKColors.Black);
        _canvas.ResetMatrix();
        _canvas.Translate((_size / 2f) - (box.MidX * scale), (_size / 2f) - (box.MidY * scale));
        _canvas.Scale(scale);
        _canvas.DrawPath(outline, _ink);
        for (var y = 0; y < _size; y++)
        {
            new ReadOnlySpan<byte>((byte*)_bitmap.GetPixels() + ((long)y * _bitmap.RowBytes), _size).CopyTo(pixels.Slice(y * _size, _size));
        }

        // A hairline may leave only a trace that no reader would call ink.
        return pixels.ContainsAnyInRange((byte)64, (byte)255);
    }

    public void Dispose()
    {
        _ink.Dispose();
        _canvas.Dispose();
        _bitmap.Dispose();
    }
}
