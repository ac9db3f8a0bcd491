// Decodes a PNG, JPEG, BMP or WebP picture to bytes of the wanted size, through SkiaSharp.
using SkiaSharp;
using XClassFlow.Data.DataSets;

namespace XClassFlow.Data.Preparation;

/// <summary>Stateless and thread-safe; every native object lives inside one call.</summary>
public static unsafe class ImageDecoder
{
    // A damaged or hostile header may claim any size: 64 megapixels are 256 MB while decoding.
    private const long MaxPixels = 64L << 20;

    /// <summary>Decodes and, where the size differs, resizes (the aspect ratio is not kept). Transparent pixels are laid over black; orientation tags are ignored.</summary>
    /// <param name="encoded">The whole picture file.</param>
    /// <param name="shape">Wanted size; grey (1 channel) is 0.299 R + 0.587 G + 0.114 B.</param>
    /// <param name="pixels">Receives HWC bytes, exactly <see cref="SampleShape.Length"/>.</param>
    /// <exception cref="InvalidDataException">The bytes are not a whole picture of a known kind.</exception>
    public static void Decode(ReadOnlySpan<byte> encoded, SampleShape shape, Span<byte> pixels)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(pixels.Length, shape.Length);
        fixed (byte* start = encoded)
        {
            using var data = SKData.Create((nint)start, encoded.Length);
            using var codec = Open(data, encoded.Length);
            using var decoded = DecodeAll(codec);
            if (decoded.Width == shape.Width && decoded.Height == shape.Height)
            {
                CopyRows(decoded, shape, pixels);
                return;
            }

            using var resized = new SKBitmap(Rgba(shape.Width, shape.Height));
            using var target = resized.PeekPixels();
            using var source = decoded.PeekPixels();
            if (!source.ScalePixels(target, new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear)))
            {
                throw new InvalidDataException($"the picture cannot be resized from {decoded.Width}x{decoded.Height}");
            }

            CopyRows(resized, shape, pixels);
        }
    }

    /// <summary>Height, width and channels (1 where the picture is stored as grey) that a picture file says it has.</summary>
    /// <exception cref="InvalidDataException">The bytes are not a picture of a known kind.</exception>
    public static SampleShape ShapeOf(ReadOnlySpan<byte> encoded)
    {
        fixed (byte* start = encoded)
        {
            using var data = SKData.Create((nint)start, encoded.Length);
            using var codec = Open(data, encoded.Length);
            return SampleShape.Image(codec.Info.Height, codec.Info.Width, codec.Info.ColorType == SKColorType.Gray8 ? 1 : 3);
        }
    }

    private static SKCodec Open(SKData data, int length)
    {
        var codec = length == 0 ? null : SKCodec.Create(data);
        if (codec is null)
        {
            throw new InvalidDataException(length == 0 ? "the picture is empty" : "this is not a picture (PNG, JPEG, BMP and WebP are known)");
        }

        if ((long)codec.Info.Width * codec.Info.Height is <= 0 or > MaxPixels)
        {
            var (width, height) = (codec.Info.Width, codec.Info.Height);
            codec.Dispose();
            throw new InvalidDataException($"the picture says it is {width}x{height}, beyond the limit of {MaxPixels} pixels");
        }

        return codec;
    }

    private static SKBitmap DecodeAll(SKCodec codec)
    {
        var info = Rgba(codec.Info.Width, codec.Info.Height);
        var bitmap = new SKBitmap(info);
        var result = codec.GetPixels(info, bitmap.GetPixels());
        if (result != SKCodecResult.Success)
        {
            bitmap.Dispose();
            throw new InvalidDataException($"the picture is damaged or cut off ({result})");
        }

        return bitmap;
    }

    // Premultiplied: that is "over black".
    private static SKImageInfo Rgba(int width, int height) => new(width, height, SKColorType.Rgba8888, SKAlphaType.Premul);

    private static void CopyRows(SKBitmap bitmap, SampleShape shape, Span<byte> pixels)
    {
        var to = 0;
        for (var y = 0; y < shape.Height; y++)
        {
            var row = (byte*)bitmap.GetPixels() + ((long)y * bitmap.RowBytes);
            for (var x = 0; x < shape.Width; x++, row += 4)
            {
                if (shape.Channels == 1)
                {
                    pixels[to++] = row[0] == row[1] && row[1] == row[2] ? row[0] : (byte)(((row[0] * 19595) + (row[1] * 38470) + (row[2] * 7471) + 32768) >> 16);
                }
                else
                {
                    pixels[to] = row[0];
                    pixels[to + 1] = row[1];
                    pixels[to + 2] = row[2];
                    to += 3;
                }
            }
        }
    }
}
