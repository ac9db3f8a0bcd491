// A mapped file that changes under its reader is an error; one that is renamed, replaced or deleted is none.
using XClassFlow.Data.Checkpoints;
using XClassFlow.Data.DataSets;
using XClassFlow.Data.Tensors;
using XClassFlow.Data.Tests.Checkpoints;

namespace XClassFlow.Data.Tests;

/// <summary>Alone: it asks for all files of the process.</summary>
[CollectionDefinition(nameof(MappedFilesTests), DisableParallelization = true)]
[Collection(nameof(MappedFilesTests))]
public sealed class MappedFilesTests : IDisposable
{
    private readonly TemporaryDirectory _root = new();
    private readonly string _path;

    public MappedFilesTests()
    {
        _path = Path.Combine(_root.Path, "rows.safetensors");
        using var file = File.Create(_path);
        SafetensorsWriter.Write(file, null, [TensorBlock.FromArray("weight", ElementType.Int32, [5000, 3], Enumerable.Range(0, 15000).ToArray())]);
    }

    [Theory]
    [InlineData("rows")]
    [InlineData("view")]
    public void WeightsThatAreCutShortOrWrittenTo(string how)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "nothing cuts a mapped file short on Windows");
        var before = MappedFiles.Count;
        using (var reader = SafetensorsReader.Open(_path))
        using (how == "rows" ? reader.MapRows("weight", 0, 5000) : null)
        {
            _ = how == "view" ? reader.Tensor("weight") : default;
            Assert.Equal(before + 1, MappedFiles.Count);
            MappedFiles.Check();

            File.SetLastWriteTimeUtc(_path, new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));
            Assert.Contains("was written to while it was in use", Assert.Throws<MappedFileException>(MappedFiles.Check).Message, StringComparison.Ordinal);

            var length = new FileInfo(_path).Length;
            Cut(_path, 1);
            Assert.StartsWith($"{_path}: was cut short from {length} to {length - 1} bytes while it was in use", Assert.Throws<MappedFileException>(MappedFiles.Check).Message, StringComparison.Ordinal);
        }

        // Nobody reads it any more.
        Assert.Equal(before, MappedFiles.Count);
        MappedFiles.Check();
    }

    [Fact]
    public void RenamedReplacedAndDeleted()
    {
        using var reader = SafetensorsReader.Open(_path);
        using var rows = reader.MapRows("weight", 0, 5000);
        File.Copy(_path, _path + ".new");
        Cut(_path + ".new", 1000);
        File.Move(_path + ".new", _path, overwrite: true);
        MappedFiles.Check();
        File.Delete(_path);
        MappedFiles.Check();
    }

    /// <summary>A file of samples may grow under its reader, which does not look there.</summary>
    [Fact]
    public void SamplesThatAreCutShort()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "nothing cuts a mapped file short on Windows");
        var path = Path.Combine(_root.Path, "samples.arrow");
        using (var writer = new ArrowDataSetWriter(path, SampleShape.Features(4), 10, SampleStorage.Features))
        {
            writer.WriteFeatures(3, new float[4]);
            writer.Complete();
        }

        using var data = ArrowDataSet.Open(path);
        Cut(path, -5);
        MappedFiles.Check();
        Cut(path, 6);
        Assert.Throws<MappedFileException>(MappedFiles.Check);
    }

    public void Dispose() => _root.Dispose();

    private static void Cut(string path, int bytes)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.SetLength(file.Length - bytes);
    }
}
