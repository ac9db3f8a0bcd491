// IDX import: every label type, gzip or not, splits, real Omniglot, and all the ways two files can be wrong.
using XClassFlow.Data.DataSets;
using XClassFlow.Data.Import;
using XClassFlow.Data.Tests.Support;

namespace XClassFlow.Data.Tests.Import;

public sealed class IdxImporterTests : IDisposable
{
    private const int Rows = 12;

    private static readonly SampleShape Shape = SampleShape.Image(3, 2, 1);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0x08, false)]
    [InlineData(0x09, true)]
    [InlineData(0x0B, true)]
    [InlineData(0x0C, false)]
    public void EveryLabelTypeRoundTrips(byte type, bool gzip)
    {
        Put("images", Images(), gzip);
        Put("labels", Labels(type), gzip);
        var result = Import();
        Assert.Equal((12L, 0L, 4L, Shape), (result.Samples, result.TestSamples, result.Classes, result.Shape));
        using var set = ArrowDataSet.Open(_folder.File("out.arrow"));
        Samples.AssertContent(set, Rows);
    }

    [Fact]
    public void SplitAndClassNames()
    {
        Put("images", Images(), false);
        Put("labels", Labels(0x0C), true);
        File.WriteAllLines(_folder.File("names.tsv"), ["0\tzero", "1\tone"]);
        var result = IdxImporter.Import(Settings() with { Target = new(_folder.File("out.arrow"), TestEvery: 3), Classes = 9, ClassNames = _folder.File("names.tsv") });

        // Four classes of three samples: number 2 of each is test.
        Assert.Equal((8L, 4L, 9L), (result.Samples, result.TestSamples, result.Classes));
        Assert.Equal(["out.arrow", "out.test.arrow", "out.classes.tsv"], result.Files.Select(Path.GetFileName));
        Assert.Equal("1\tone", File.ReadAllLines(_folder.File("out.classes.tsv"))[1]);
        using var test = ArrowDataSet.Open(_folder.File("out.test.arrow"));
        var pixels = new byte[Shape.Length];
        test.ReadPixels(1, pixels);
        Assert.Equal(Samples.Pixels(Shape, 9), pixels);
        Assert.Equal(9, test.Classes);
    }

    [Fact]
    public void FoldersAreMadeWhenItSucceedsOnly()
    {
        Put("images", Images(), false);
        Put("labels", Labels(0x08), false);
        var settings = Settings() with { Target = new(_folder.File("data/sets/out.arrow"), TestEvery: 3) };
        var truncated = Images()[..^1];
        Put("cut", truncated, false);
        Assert.Throws<UserErrorException>(() => IdxImporter.Import(settings with { Images = _folder.File("cut") }));
        Assert.False(Directory.Exists(_folder.File("data")));

        IdxImporter.Import(settings);
        Assert.Equal(2, Directory.GetFiles(_folder.File("data/sets")).Length);
    }

    [Fact]
    public void ColourPicturesHaveFourDimensions()
    {
        Put("images", GzipIdx.Bytes(8, [2, 2, 2, 3], new byte[24]), true);
        Put("labels", GzipIdx.Bytes(8, [2], [0, 1]), false);
        Assert.Equal(SampleShape.Image(2, 2, 3), Import().Shape);
    }

    [Fact]
    public void FilesThatAreWrongLeaveNothing()
    {
        var (images, labels) = (Images(), Labels(0x0B));
        var packed = GzipIdx.Gzip(images);
        AssertError("no such file", null, labels);
        AssertError("not an IDX file", "hello, this is text"u8.ToArray(), labels);
        AssertError("ends within its header", images[..10], labels);
        AssertError("ends within item 11 of 12", images[..^1], labels);
        AssertError("more than the 12 items", [.. images, 0], labels);
        AssertError("", packed[..^20], labels);
        AssertError("", Changed(packed, packed.Length - 6), labels);
        AssertError("", Changed(packed, packed.Length / 2), labels);
        AssertError("holds 11 labels", images, GzipIdx.Bytes(8, [11], new byte[11]));
        AssertError("ends within item 11", images, labels[..^1]);
        AssertError("item 2: the label is -1", images, GzipIdx.Bytes(9, [12], [0, 1, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
        AssertError("labels are integers", images, GzipIdx.Bytes(0x0D, [12], new byte[48]));
        AssertError("pictures are unsigned bytes", labels, labels);
        AssertError("dimension 1 is 0", GzipIdx.Bytes(8, [12, 0, 5], []), labels);
        AssertError("dimension 0 is -1", GzipIdx.Bytes(8, [-1, 2, 5], []), labels);
    }

    [Fact]
    public void EveryCutOfAGzipIsRefused()
    {
        var packed = GzipIdx.Gzip(Images());

        // Where only the end mark and the checksum are missing, .NET's decoder is content, and so are we: every item is there.
        for (var length = 0; length < packed.Length - 16; length++)
        {
            AssertError("", packed[..length], Labels(0x08));
        }
    }

    [Fact]
    public void WrongSettingsNameTheirKeys()
    {
        Put("images", Images(), false);
        Put("labels", Labels(8), false);
        Assert.Equal("labels", Assert.Throws<UserErrorException>(() => IdxImporter.Import(Settings() with { Labels = "" })).Where);
        Assert.Equal("out", Assert.Throws<UserErrorException>(() => IdxImporter.Import(Settings() with { Target = new("") })).Where);
        Assert.Equal("test-every", Assert.Throws<UserErrorException>(() => IdxImporter.Import(Settings() with { Target = new("x", 1) })).Where);
        Assert.Equal("test-out", Assert.Throws<UserErrorException>(() => IdxImporter.Import(Settings() with { Target = new("x", 2, "x") })).Where);
        Assert.Contains("0 to 2", Assert.Throws<UserErrorException>(() => IdxImporter.Import(Settings() with { Classes = 3 })).Message);
        Assert.Contains("test set would be empty", Assert.Throws<UserErrorException>(
            () => IdxImporter.Import(Settings() with { Target = new(_folder.File("out.arrow"), 4) })).Message);
        Assert.Equal(["images", "labels"], _folder.Names());
    }

    [Fact]
    public void CancellingLeavesNothing()
    {
        Put("images", Images(), false);
        Put("labels", Labels(8), false);
        Assert.Throws<OperationCanceledException>(() => IdxImporter.Import(Settings(), new CancellationToken(canceled: true)));
        Assert.Equal(["images", "labels"], _folder.Names());
    }

    [Fact]
    public void OmniglotImports()
    {
        var source = SharedData.Require("omniglot28");
        var result = IdxImporter.Import(new()
        {
            Images = Path.Combine(source, "omniglot28-images-idx3-ubyte.gz"),
            Labels = Path.Combine(source, "omniglot28-labels-idx1-int16be.gz"),
            ClassNames = Path.Combine(source, "omniglot28-classes.tsv"),
            Target = new(_folder.File("omniglot.arrow"), TestEvery: 4),
        });
        Assert.Equal((24_345L, 8_115L, 1_623L), (result.Samples, result.TestSamples, result.Classes));
        using var train = ArrowDataSet.Open(_folder.File("omniglot.arrow"));
        using var test = ArrowDataSet.Open(_folder.File("omniglot.test.arrow"));
        Assert.Equal((SampleShape.Image(28, 28, 1), 1_623L), (train.Shape, test.Classes));

        // 15 drawings of every class train, 5 test, sorted by class; and there is ink.
        var pixels = new byte[784];
        for (long i = 0; i < test.Count; i += 101)
        {
            Assert.Equal(i / 5, test.LabelOf(i));
            test.ReadPixels(i, pixels);
            Assert.Contains(pixels, p => p > 100);
        }

        Assert.Equal(1_622, train.LabelOf(train.Count - 1));
    }

    private static byte[] Images() => GzipIdx.Bytes(8, [Rows, 3, 2], [.. Enumerable.Range(0, Rows).SelectMany(row => Samples.Pixels(Shape, row))]);

    private static byte[] Labels(byte type)
    {
        var size = type switch { 0x0C => 4, 0x0B => 2, _ => 1 };
        var content = new byte[Rows * size];
        for (var row = 0; row < Rows; row++)
        {
            content[((row + 1) * size) - 1] = (byte)(row % 4);
        }

        return GzipIdx.Bytes(type, [Rows], content);
    }

    private static byte[] Changed(byte[] bytes, int at)
    {
        var changed = (byte[])bytes.Clone();
        changed[at] ^= 0x55;
        return changed;
    }

    private IdxImporter.Settings Settings() => new() { Images = _folder.File("images"), Labels = _folder.File("labels"), Target = new(_folder.File("out.arrow")) };

    private ImportResult Import() => IdxImporter.Import(Settings());

    private void Put(string name, byte[] bytes, bool gzip) => File.WriteAllBytes(_folder.File(name), gzip ? GzipIdx.Gzip(bytes) : bytes);

    private void AssertError(string expected, byte[]? images, byte[] labels)
    {
        File.Delete(_folder.File("images"));
        if (images is not null)
        {
            Put("images", images, false);
        }

        Put("labels", labels, false);
        Assert.Contains(expected, Assert.Throws<UserErrorException>(Import).Message);
        Assert.DoesNotContain(_folder.Names(), n => n.StartsWith("out", StringComparison.Ordinal));
    }
}
