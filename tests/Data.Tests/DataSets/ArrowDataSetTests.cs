// Round trips of every storage kind, several files, both IPC formats, and reads by many threads under GC pressure.
using Apache.Arrow;
using XClassFlow.Data.DataSets;
using XClassFlow.Data.Preparation;
using XClassFlow.Data.Tests.Support;

namespace XClassFlow.Data.Tests.DataSets;

public sealed class ArrowDataSetTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public static TheoryData<SampleShape, SampleStorage> Kinds => new()
    {
        { SampleShape.Image(5, 7, 1), SampleStorage.RawPixels },
        { SampleShape.Image(5, 7, 3), SampleStorage.RawPixels },
        { SampleShape.Image(5, 7, 1), SampleStorage.EncodedImages },
        { SampleShape.Image(5, 7, 3), SampleStorage.EncodedImages },
        { SampleShape.Features(11), SampleStorage.Features },
        { SampleShape.Features(1), SampleStorage.Features },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void EveryStorageKindRoundTrips(SampleShape shape, SampleStorage storage)
    {
        var path = _folder.File("set.arrow");
        Samples.Write(path, shape, storage, rows: 23, classes: 5);
        using var set = ArrowDataSet.Open(path);
        Assert.Equal((shape, storage, 5L), (set.Shape, set.Storage, set.Classes));
        Samples.AssertContent(set, 23);
    }

    [Fact]
    public void ManyBatchesRoundTrip()
    {
        // 900 kB a row: 24 MB hold 26 rows, so this makes three batches.
        var shape = SampleShape.Image(600, 500, 3);
        var path = _folder.File("set.arrow");
        Samples.Write(path, shape, SampleStorage.RawPixels, rows: 60, classes: 3);
        using var set = ArrowDataSet.Open(path);
        var pixels = new byte[shape.Length];
        foreach (var row in (int[])[0, 25, 26, 27, 51, 52, 59])
        {
            set.ReadPixels(row, pixels);
            Assert.True(pixels.AsSpan().SequenceEqual(Samples.Pixels(shape, row)), $"row {row}");
            Assert.Equal(row % 3, set.LabelOf(row));
        }
    }

    [Fact]
    public void SeveralFilesAreOneSet()
    {
        var shape = SampleShape.Features(3);
        Samples.Write(_folder.File("a.arrow"), shape, SampleStorage.Features, 10, 5);
        Samples.Write(_folder.File("b.arrow"), shape, SampleStorage.Features, 5, 5);
        using var set = ArrowDataSet.Open(new ArrowDataSet.Settings([_folder.File("a.arrow"), _folder.File("b.arrow")]));
        Assert.Equal(15, set.Count);
        var features = new float[3];
        set.ReadFeatures(12, features);
        Assert.Equal(Samples.Features(3, 2), features);
        Assert.Equal(2, set.LabelOf(12));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ReadsWhatApacheArrowWrites(bool asStream)
    {
        var path = _folder.File("foreign.arrow");
        var png = ImageEncoder.EncodePng([1, 2, 3, 4], SampleShape.Image(2, 2, 1));
        ArrowFiles.Write(path, ArrowFiles.GreyMetadata, asStream,
            ("id", new StringArray.Builder().Append("x").AppendNull().Append("zzz").Build()),
            ("pair", ArrowFiles.Floats(2, 1, 2, null, 4, 5, 6)),
            ("image", ArrowFiles.Binary(png, png, png)),
            ("label", ArrowFiles.Labels(4, 0, 2)));
        using var set = ArrowDataSet.Open(path);
        Assert.Equal(6, set.Count);
        Assert.Equal([4, 0, 2, 4, 0, 2], Enumerable.Range(0, 6).Select(i => set.LabelOf(i)));
        var pixels = new byte[4];
        set.ReadPixels(5, pixels);
        Assert.Equal([1, 2, 3, 4], pixels);
    }

    [Fact]
    public void ApacheArrowReadsWhatIsWritten()
    {
        var path = _folder.File("set.arrow");
        Samples.Write(path, SampleShape.Features(4), SampleStorage.Features, rows: 9, classes: 3);
        using var stream = File.OpenRead(path);
        using var reader = new Apache.Arrow.Ipc.ArrowFileReader(stream);
        using var batch = reader.ReadNextRecordBatch();
        Assert.Equal(9, batch.Length);
        Assert.Equal("3", batch.Schema.Metadata["classes"]);
        var values = (FloatArray)((FixedSizeListArray)batch.Column("features")).Values;
        Assert.Equal(Samples.Features(4, 8), values.Values.Slice(32, 4).ToArray());
        GC.KeepAlive(batch);
    }

    [Fact]
    public void PicturesOfAnotherSizeAreResized()
    {
        var path = _folder.File("set.arrow");
        using (var writer = new ArrowDataSetWriter(path, SampleShape.Image(4, 4, 1), 1, SampleStorage.EncodedImages))
        {
            var white = Enumerable.Repeat((byte)255, 10 * 20 * 3).ToArray();
            writer.WriteEncoded(0, ImageEncoder.EncodePng(white, SampleShape.Image(10, 20, 3)));
            writer.Complete();
        }

        using var set = ArrowDataSet.Open(path);
        var pixels = new byte[16];
        set.ReadPixels(0, pixels);
        Assert.All(pixels, p => Assert.InRange(p, 254, 255));
    }

    [Fact]
    public async Task ReadsHoldUnderGarbageCollection()
    {
        var shape = SampleShape.Features(16);
        var path = _folder.File("set.arrow");
        Samples.Write(path, shape, SampleStorage.Features, rows: 400, classes: 7);
        using var set = ArrowDataSet.Open(path);
        using var stop = new CancellationTokenSource();
        var pressure = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                _ = new byte[100_000];
#pragma warning disable RS0030 // Collections are the point of this test.
                GC.Collect(0);
#pragma warning restore RS0030
            }
        });
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var pass = 0; pass < 5; pass++)
            {
                Samples.AssertContent(set, 400);
            }
        })));
        await stop.CancelAsync();
        await pressure;
    }

    [Fact]
    public void ReadsAllocateNothing()
    {
        var path = _folder.File("set.arrow");
        Samples.Write(path, SampleShape.Image(8, 8, 1), SampleStorage.RawPixels, 10, 2);
        using var set = ArrowDataSet.Open(path);
        var pixels = new byte[64];
        set.ReadPixels(0, pixels);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            set.ReadPixels(i % 10, pixels);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void MisuseIsRefused()
    {
        var path = _folder.File("set.arrow");
        Samples.Write(path, SampleShape.Features(2), SampleStorage.Features, 3, 2);
        var set = ArrowDataSet.Open(path);
        Assert.Throws<InvalidOperationException>(() => set.ReadPixels(0, new byte[2]));
        Assert.Throws<ArgumentException>(() => set.ReadFeatures(0, new float[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => set.LabelOf(3));
        Assert.Throws<ArgumentOutOfRangeException>(() => set.LabelOf(-1));
        set.Dispose();
        set.Dispose();
        Assert.Throws<ObjectDisposedException>(() => set.LabelOf(0));
    }
}
