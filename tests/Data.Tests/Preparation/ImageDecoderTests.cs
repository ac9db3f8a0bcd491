// Decoding of real encoders' output, and of what is no picture.
using SkiaSharp;
using XClassFlow.Data.DataSets;
using XClassFlow.Data.Preparation;
using XClassFlow.Data.Tests.Support;

namespace XClassFlow.Data.Tests.Preparation;

public sealed class ImageDecoderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void PngGivesTheSameBytesBack(int channels)
    {
        var shape = SampleShape.Image(9, 6, channels);
        var pixels = Samples.Pixels(shape, 2);
        var encoded = ImageEncoder.EncodePng(pixels, shape);
        var decoded = new byte[shape.Length];
        ImageDecoder.Decode(encoded, shape, decoded);
        Assert.Equal(pixels, decoded);
        Assert.Equal(shape, ImageDecoder.ShapeOf(encoded));
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Webp)]
    public void LossyKindsComeClose(SKEncodedImageFormat format)
    {
        var pixels = new byte[3];
        ImageDecoder.Decode(Pictures.Solid(16, 16, new SKColor(200, 100, 50), format), SampleShape.Image(1, 1, 3), pixels);
        Assert.InRange(pixels[0], 195, 205);
        Assert.InRange(pixels[1], 95, 105);
        Assert.InRange(pixels[2], 45, 55);
        var grey = new byte[1];
        ImageDecoder.Decode(Pictures.Solid(16, 16, new SKColor(200, 100, 50), format), SampleShape.Image(1, 1, 1), grey);
        Assert.InRange(grey[0], 121, 128);
    }

    [Fact]
    public void TransparentIsBlack()
    {
        var pixels = new byte[4];
        ImageDecoder.Decode(Pictures.Solid(2, 2, new SKColor(255, 255, 255, 0), SKEncodedImageFormat.Png), SampleShape.Image(2, 2, 1), pixels);
        Assert.Equal(new byte[4], pixels);
    }

    [Fact]
    public void WhatIsNoPictureIsRefused()
    {
        var shape = SampleShape.Image(8, 8, 1);
        var whole = ImageEncoder.EncodePng(Samples.Pixels(shape, 0), shape);
        foreach (var bytes in (byte[][])[[], [1, 2, 3], whole[..(whole.Length / 2)]])
        {
            Assert.Throws<InvalidDataException>(() => ImageDecoder.Decode(bytes, shape, new byte[64]));
        }

        // A header that claims 30,000 x 30,000 must not allocate 3.6 GB; the CRC of IHDR is what a hostile file would get right, so either refusal will do.
        whole[16 + 2] = whole[20 + 2] = 0x75;
        Assert.Throws<InvalidDataException>(() => ImageDecoder.Decode(whole, shape, new byte[64]));
    }
}
