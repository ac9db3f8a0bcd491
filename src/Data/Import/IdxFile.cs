// Reads one IDX file (the format of MNIST), plain or gzipped, item by item.
using System.Buffers.Binary;
using System.IO.Compression;

namespace XClassFlow.Data.Import;

/// <summary>
/// Header: two zero bytes, a type code, the number of dimensions, the dimensions as big-endian 32-bit; then the items. Every defect is a
/// <see cref="UserErrorException"/> naming the file and, where there is one, the item. Owns the stream.
/// </summary>
internal sealed class IdxFile : IDisposable
{
    private readonly string _path;
    private readonly Stream _stream;

    public IdxFile(string path)
    {
        _path = path;
        _stream = Open(path);
        try
        {
            ReadHeader();
        }
        catch
        {
            _stream.Dispose();
            throw;
        }
    }

    /// <summary>Type code: 0x08 unsigned byte, 0x09 signed byte, 0x0B int16, 0x0C int32 (0x0D, 0x0E floats).</summary>
    public int Type { get; private set; }

    /// <summary>Sizes; the first is the number of items.</summary>
    public IReadOnlyList<int> Dimensions { get; private set; } = [];

    public long Count => Dimensions[0];

    /// <summary>Fills the buffer with the bytes of item <paramref name="item"/>, the next one.</summary>
    public void Read(Span<byte> buffer, long item)
    {
        var read = Guard(buffer, static (stream, span) => stream.ReadAtLeast(span, span.Length, throwOnEndOfStream: false));
        if (read < buffer.Length)
        {
            throw Bad(item < 0 ? "it ends within its header" : $"it ends within item {item} of {Count}", "get or copy it again");
        }
    }

    /// <summary>Checks that nothing follows the last item, which also makes gzip check its checksum.</summary>
    public void ExpectEnd()
    {
        Span<byte> more = stackalloc byte[1];
        if (Guard(more, static (stream, span) => stream.Read(span)) != 0)
        {
            throw Bad($"it holds more than the {Count} items its header says", "get or copy it again");
        }
    }

    public UserErrorException Bad(string what, string instead, Exception? inner = null) => new(what, _path, instead, inner);

    public void Dispose() => _stream.Dispose();

    private void ReadHeader()
    {
        Span<byte> word = stackalloc byte[4];
        Read(word, -1);
        if (word[0] != 0 || word[1] != 0 || word[3] == 0 || word[3] > 8)
        {
            throw Bad("this is not an IDX file", "name the file of images or labels, gzipped or not");
        }

        Type = word[2];
        var dimensions = new int[word[3]];
        for (var i = 0; i < dimensions.Length; i++)
        {
            Read(word, -1);
            dimensions[i] = BinaryPrimitives.ReadInt32BigEndian(word);
            if (dimensions[i] < 1)
            {
                throw Bad($"dimension {i} is {dimensions[i]}", "every dimension must be at least 1");
            }
        }

        Dimensions = dimensions;
    }

    private int Guard(Span<byte> buffer, Func<Stream, Span<byte>, int> read)
    {
        try
        {
            return read(_stream, buffer);
        }
        catch (InvalidDataException e)
        {
            throw Bad($"its gzip data is damaged ({e.Message})", "get or copy it again", e);
        }
        catch (IOException e)
        {
            throw Bad($"it cannot be read ({e.Message})", "check the file", e);
        }
    }

    private static Stream Open(string path)
    {
        try
        {
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
            var isGzip = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
            file.Position = 0;
            return isGzip ? new BufferedStream(new GZipStream(file, CompressionMode.Decompress), 1 << 16) : file;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserErrorException("there is no such file", path, "check the name", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new UserErrorException($"it cannot be read ({e.Message})", path, "name a readable file", e);
        }
    }
}
