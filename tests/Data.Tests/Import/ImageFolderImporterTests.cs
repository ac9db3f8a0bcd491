// Folders of pictures: both storages, order, sizes, and files that cannot be read.
using SkiaSharp;
using XClassFlow.Data.DataSets;
using XClassFlow.Data.Import;
using XClassFlow.Data.Tests.Support;

namespace XClassFlow.Data.Tests.Import;

public sealed class ImageFolderImporterTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(SampleStorage.RawPixels)]
    [InlineData(SampleStorage.EncodedImages)]
    public void ClassesAreFoldersInOrdinalOrder(SampleStorage storage)
    {
        Put(Pictures.Solid(6, 4, new SKColor(10, 20, 30)), "b", "1.png");
        Put(Pictures.Solid(6, 4, new SKColor(40, 50, 60)), "B", "1.PNG");
        Put(Pictures.Solid(12, 8, new SKColor(70, 80, 90)), "b", "deep", "2.png");
        Put(Pictures.Solid(6, 4, new SKColor(99, 98, 97), SKEncodedImageFormat.Webp), "c", "1.webp");
        var result = ImageFolderImporter.Import(Settings() with { Storage = storage });
        Assert.Equal((4L, 3L, SampleShape.Image(4, 6, 3)), (result.Samples, result.Classes, result.Shape));
        Assert.Equal(["0\tB", "1\tb", "2\tc"], File.ReadAllLines(_folder.File("out.classes.tsv")));
        using var set = ArrowDataSet.Open(_folder.File("out.arrow"));
        Assert.Equal(storage, set.Storage);
        Assert.Equal([(0L, 40), (1L, 10), (1L, 70), (2L, 99)], Enumerable.Range(0, 4).Select(i => (set.LabelOf(i), First(set, i))), (a, b) => a.Item1 == b.Item1 && Math.Abs(a.Item2 - b.Item2) <= 3);
    }

    [Fact]
    public void WhatCannotBeReadIsListed()
    {
        Put(Pictures.Solid(5, 5, SKColors.White), "a", "good.png");
        Put([1, 2, 3], "a", "bad.png");
        Put(Pictures.Solid(64, 64, SKColors.Red)[..60], "a", "cut.png");
        Put([], "a", "empty.jpg");
        Put([65], "a", "notes.txt");
        Put([65], "stray.txt");
        var result = ImageFolderImporter.Import(Settings() with { Height = 3, Width = 2, Channels = 1 });
        Assert.Equal((1L, SampleShape.Image(3, 2, 1)), (result.Samples, result.Shape));
        Assert.Equal(["bad.png", "cut.png", "empty.jpg", "notes.txt", "stray.txt"], result.Skipped.Select(s => Path.GetFileName(s.Path)).Order(StringComparer.Ordinal));
        Assert.All(result.Skipped, s => Assert.NotEqual("", s.Reason));
        using var set = ArrowDataSet.Open(_folder.File("out.arrow"));
        Assert.Equal(255, First(set, 0));
    }

    [Fact]
    public void TestSamplesAreHeldOut()
    {
        for (var i = 0; i < 5; i++)
        {
            Put(Pictures.Solid(2, 2, new SKColor((byte)i, 0, 0)), "a", $"{i}.png");
        }

        var result = ImageFolderImporter.Import(Settings() with { Target = new(_folder.File("out.arrow"), 2, _folder.File("held.arrow")) });
        Assert.Equal((3L, 2L), (result.Samples, result.TestSamples));
        using var held = ArrowDataSet.Open(_folder.File("held.arrow"));
        Assert.Equal([1, 3], [First(held, 0), First(held, 1)]);
    }

    [Fact]
    public void FoldersWithoutPicturesAreErrors()
    {
        AssertError("cannot be read");
        _folder.Folder("in");
        AssertError("holds no folders");
        Put([1], "a", "broken.png");
        AssertError("not one picture can be read");
        Assert.Contains("broken.png: this is not a picture", Assert.Throws<UserErrorException>(
            () => ImageFolderImporter.Import(Settings() with { Height = 2, Width = 2, Channels = 1 })).Message);
        _folder.Folder("in", "b");
        AssertError("the class folder holds no picture");
        Assert.Equal("folder", Assert.Throws<UserErrorException>(() => ImageFolderImporter.Import(new())).Where);
        Assert.Equal("channels", Assert.Throws<UserErrorException>(() => ImageFolderImporter.Import(Settings() with { Channels = 2 })).Where);
        Assert.Equal("storage", Assert.Throws<UserErrorException>(() => ImageFolderImporter.Import(Settings() with { Storage = SampleStorage.Features })).Where);
        Assert.Empty(_folder.Names());
    }

    private static int First(ArrowDataSet set, long index)
    {
        var pixels = new byte[set.Shape.Length];
        set.ReadPixels(index, pixels);
        return pixels[0];
    }

    private ImageFolderImporter.Settings Settings() => new() { Folder = Path.Combine(_folder.Path, "in"), Target = new(_folder.File("out.arrow")) };

    private void AssertError(string expected) => Assert.Contains(expected, Assert.Throws<UserErrorException>(() => ImageFolderImporter.Import(Settings())).Message);

    private void Put(byte[] bytes, params string[] names)
    {
        _folder.Folder(["in", .. names[..^1]]);
        File.WriteAllBytes(Path.Combine([_folder.Path, "in", .. names]), bytes);
    }
}
