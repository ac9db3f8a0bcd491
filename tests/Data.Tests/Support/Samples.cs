// Small data sets with known content, for round trips.
using XClassFlow.Data.DataSets;
using XClassFlow.Data.Preparation;

namespace XClassFlow.Data.Tests.Support;

public static class Samples
{
    public static byte[] Pixels(SampleShape shape, int row)
    {
        var pixels = new byte[shape.Length];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)((i * 7) + (row * 31));
        }

        return pixels;
    }

    public static float[] Features(int width, int row) => [.. Enumerable.Range(0, width).Select(i => (row * 100f) + i + 0.25f)];

    /// <summary>Writes rows 0..rows-1 with label row mod classes.</summary>
    public static void Write(string path, SampleShape shape, SampleStorage storage, int rows, long classes)
    {
        using var writer = new ArrowDataSetWriter(path, shape, classes, storage);
        for (var row = 0; row < rows; row++)
        {
            var label = row % classes;
            switch (storage)
            {
                case SampleStorage.RawPixels:
                    writer.WritePixels(label, Pixels(shape, row));
                    break;
                case SampleStorage.EncodedImages:
                    writer.WriteEncoded(label, ImageEncoder.EncodePng(Pixels(shape, row), shape));
                    break;
                default:
                    writer.WriteFeatures(label, Features(shape.Width, row));
                    break;
            }
        }

        writer.Complete();
    }

    /// <summary>Reads every row and compares it with what <see cref="Write"/> wrote.</summary>
    public static void AssertContent(IDataSet set, long rows)
    {
        Assert.Equal(rows, set.Count);
        for (long row = 0; row < rows; row++)
        {
            Assert.Equal(row % set.Classes, set.LabelOf(row));
            if (set.Shape.IsImage)
            {
                var pixels = new byte[set.Shape.Length];
                set.ReadPixels(row, pixels);
                Assert.Equal(Pixels(set.Shape, (int)row), pixels);
            }
            else
            {
                var features = new float[set.Shape.Width];
                set.ReadFeatures(row, features);
                Assert.Equal(Features(set.Shape.Width, (int)row), features);
            }
        }
    }
}
