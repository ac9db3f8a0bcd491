// Encoded pictures of one colour.
using SkiaSharp;

namespace XClassFlow.Data.Tests.Support;

public static class Pictures
{
    public static byte[] Solid(int width, int height, SKColor colour, SKEncodedImageFormat format = SKEncodedImageFormat.Png)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        bitmap.Erase(colour);
        using var data = bitmap.Encode(format, 95);
        return data.ToArray();
    }
}
