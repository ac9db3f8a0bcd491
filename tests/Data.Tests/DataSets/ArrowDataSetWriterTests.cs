// A file appears under its name whole, or not at all.
using XClassFlow.Data.DataSets;
using XClassFlow.Data.Tests.Support;

namespace XClassFlow.Data.Tests.DataSets;

public sealed class ArrowDataSetWriterTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void NothingIsLeftWithoutComplete()
    {
        using (var writer = new ArrowDataSetWriter(_folder.File("x.arrow"), SampleShape.Features(2), 2, SampleStorage.Features))
        {
            writer.WriteFeatures(0, [1, 2]);
            Assert.Single(_folder.Names());
        }

        Assert.Empty(_folder.Names());
    }

    [Fact]
    public void AnOldFileStaysUntilTheNewOneIsWhole()
    {
        var path = _folder.File("x.arrow");
        Samples.Write(path, SampleShape.Features(2), SampleStorage.Features, 4, 2);
        using (var old = ArrowDataSet.Open(path))
        {
            Samples.Write(path, SampleShape.Features(2), SampleStorage.Features, 7, 2);
            Samples.AssertContent(old, 4);
        }

        using var renewed = ArrowDataSet.Open(path);
        Samples.AssertContent(renewed, 7);
        Assert.Equal(["x.arrow"], _folder.Names());
    }

    [Fact]
    public void WrongUseIsRefusedAndWritesNothing()
    {
        using var writer = new ArrowDataSetWriter(_folder.File("x.arrow"), SampleShape.Image(2, 2, 1), 3, SampleStorage.RawPixels);
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.WritePixels(3, new byte[4]));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.WritePixels(-1, new byte[4]));
        Assert.Throws<ArgumentException>(() => writer.WritePixels(0, new byte[5]));
        Assert.Throws<InvalidOperationException>(() => writer.WriteFeatures(0, new float[4]));
        Assert.Throws<ArgumentException>(() => new ArrowDataSetWriter(_folder.File("y.arrow"), SampleShape.Features(2), 3, SampleStorage.RawPixels));
        Assert.Equal(0, writer.Count);
    }

    [Fact]
    public void MissingFoldersAreMadeAndGoAgainWithoutComplete()
    {
        var path = _folder.File("no/such/x.arrow");
        using (var writer = new ArrowDataSetWriter(path, SampleShape.Features(2), 2, SampleStorage.Features))
        {
            writer.WriteFeatures(0, [1, 2]);
            Assert.True(Directory.Exists(_folder.File("no/such")));
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
        Samples.Write(path, SampleShape.Features(2), SampleStorage.Features, 4, 2);
        using var set = ArrowDataSet.Open(path);
        Samples.AssertContent(set, 4);
    }

    [Fact]
    public void AFolderThatWasThereOrIsInUseStays()
    {
        _folder.Folder("old");
        Abandon("old/new/x.arrow", () => File.WriteAllText(_folder.File("old/new/other"), "of somebody else"));
        Assert.True(File.Exists(_folder.File("old/new/other")));
        File.Delete(_folder.File("old/new/other"));
        Directory.Delete(_folder.File("old/new"));
        Abandon("old/new/x.arrow", () => { });
        Assert.Equal([_folder.File("old")], Directory.GetFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void APlaceWhereNoFileCanBeIsAUserError()
    {
        File.WriteAllText(_folder.File("file"), "");
        foreach (var place in new[] { "file/x.arrow", "new/", "." })
        {
            Assert.Throws<UserErrorException>(
                () => new ArrowDataSetWriter(_folder.File(place), SampleShape.Features(2), 3, SampleStorage.Features));
        }

        Assert.Equal(["file"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName));
    }

    private void Abandon(string name, Action meanwhile)
    {
        using var writer = new ArrowDataSetWriter(_folder.File(name), SampleShape.Features(2), 2, SampleStorage.Features);
        meanwhile();
    }
}
