// Encodes pixels as PNG.
using SkiaSharp;
using XClassFlow.Data.DataSets;

namespace XClassFlow.Data.Preparation;

/// <summary>The counterpart of <see cref="ImageDecoder"/>: decoding gives the same bytes back.</summary>
public static unsafe class ImageEncoder
{
    /// <param name="pixels">HWC bytes, exactly <see cref="SampleShape.Length"/>.</param>
    /// <param name="shape">A picture's shape.</param>
    public static byte[] EncodePng(ReadOnlySpan<byte> pixels, SampleShape shape)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(pixels.Length, shape.Length);
        var isGrey = shape.Channels == 1;
        var type = isGrey ? SKColorType.Gray8 : SKColorType.Rgba8888;
        using var bitmap = new SKBitmap(new SKImageInfo(shape.Width, shape.Height, type, SKAlphaType.Opaque));
        var from = 0;
        for (var y = 0; y < shape.Height; y++)
        {
            var row = (byte*)bitmap.GetPixels() + ((long)y * bitmap.RowBytes);
            for (var x = 0; x < shape.Width; x++)
            {
                for (var channel = 0; channel < shape.Channels; channel++)
                {
                    *row++ = pixels[from++];
                }

                if (!isGrey)
                {
                    *row++ = 255;
                }
            }
        }

        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }
}
