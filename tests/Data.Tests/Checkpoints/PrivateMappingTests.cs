// Mapped rows can be written, and the file stays as it is.
using System.Runtime.InteropServices;
using XClassFlow.Data.Checkpoints;
using XClassFlow.Data.Tensors;

namespace XClassFlow.Data.Tests.Checkpoints;

public sealed class PrivateMappingTests : IDisposable
{
    private const int Rows = 5000;

    private readonly TemporaryDirectory _root = new();
    private readonly string _path;

    public PrivateMappingTests()
    {
        _path = Path.Combine(_root.Path, "rows.safetensors");
        using var file = File.Create(_path);
        SafetensorsWriter.Write(file, null, [TensorBlock.FromArray("weight", ElementType.Int32, [Rows, 3], Enumerable.Range(0, Rows * 3).ToArray())]);
    }

    [Fact]
    public void WritesReachTheMemoryAndNotTheFile()
    {
        var before = File.ReadAllBytes(_path);
        PrivateMapping mapping;
        using (var reader = SafetensorsReader.Open(_path))
        {
            mapping = reader.MapRows("weight", 10, Rows);
        }

        // It needs neither the reader nor the name.
        File.Move(_path, _path + ".moved");
        using (mapping)
        {
            Assert.Equal(30, Marshal.ReadInt32(mapping.Address));
            Assert.Equal((Rows * 3) - 1, Marshal.ReadInt32(mapping.Address, ((Rows - 10) * 12) - 4));
            for (var i = 0; i < (Rows - 10) * 3; i++)
            {
                Marshal.WriteInt32(mapping.Address, i * 4, -i);
            }

            Assert.Equal(-1000, Marshal.ReadInt32(mapping.Address, 4000));
        }

        Assert.Equal(before, File.ReadAllBytes(_path + ".moved"));
    }

    [Fact]
    public void AFileThatWasCutShortIsAUsersErrorAndNoFault()
    {
        using var reader = SafetensorsReader.Open(_path);
        using (var file = new FileStream(_path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.SetLength(file.Length - 4);
        }

        var error = Assert.Throws<UserErrorException>(() => reader.MapRows("weight", 0, Rows));
        Assert.Contains(_path, error.Message, StringComparison.Ordinal);
        Assert.Contains("cut short", error.Message, StringComparison.Ordinal);
        Assert.Throws<UserErrorException>(() => SafetensorsReader.Open(_path));
    }

    [Fact]
    public void RowsOutsideAreRefused()
    {
        using var reader = SafetensorsReader.Open(_path);
        Assert.Throws<ArgumentException>(() => reader.MapRows("weight", 0, Rows + 1));
        Assert.Throws<ArgumentException>(() => reader.MapRows("weight", 3, 3));
        Assert.Throws<UserErrorException>(() => reader.MapRows("momentum", 0, 1));
    }

    public void Dispose() => _root.Dispose();
}
