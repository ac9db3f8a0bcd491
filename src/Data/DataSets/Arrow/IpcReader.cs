// Walks the messages of an Arrow IPC file or stream: the schema first, then record batches.
namespace XClassFlow.Data.DataSets.Arrow;

/// <summary>
/// Framing of the Arrow columnar format, section "Serialization and Interprocess Communication": each message is 0xFFFFFFFF, the length of its
/// metadata, the metadata (FlatBuffers) and a body. The file format wraps the same messages in a magic number and a footer.
/// </summary>
internal sealed class IpcReader
{
    private const int Continuation = -1;

    // Field numbers in Message.fbs.
    private const int HeaderType = 1;
    private const int Header = 2;
    private const int BodyLength = 3;

    private readonly MappedFile _file;
    private readonly long _end;
    private long _next;
    private long _metadata;
    private int _metadataLength;

    public IpcReader(MappedFile file)
    {
        _file = file;
        (_next, _end) = Extent(file);
    }

    /// <summary>What the current message is.</summary>
    public IpcMessageKind Kind { get; private set; }

    /// <summary>Offset of the current message's body in the file.</summary>
    public long Body { get; private set; }

    /// <summary>Bytes in the current message's body, all inside the file.</summary>
    public long BodyBytes { get; private set; }

    /// <summary>The current message's header: a schema or a record batch, as <see cref="Kind"/> says.</summary>
    public FlatTable Current => Message().Table(Header);

    /// <summary>Goes to the next message; false at the end.</summary>
    public bool MoveNext()
    {
        // A stream may end without its end mark; a file may not hold anything but messages before its footer.
        if (_next == _end)
        {
            return false;
        }

        if (_end - _next < 8 || ReadInt32(_next) != Continuation)
        {
            throw ArrowFormatException.Damaged($"no message at offset {_next}");
        }

        _metadataLength = ReadInt32(_next + 4);
        if (_metadataLength == 0)
        {
            _next = _end;
            return false;
        }

        _metadata = _next + 8;
        if (_metadataLength < 0 || _metadataLength > _end - _metadata)
        {
            throw ArrowFormatException.Damaged($"message at offset {_next} is longer than the file");
        }

        Body = _metadata + _metadataLength;
        var message = Message();
        Kind = (IpcMessageKind)message.Byte(HeaderType);
        BodyBytes = message.Int64(BodyLength);
        if (BodyBytes < 0 || BodyBytes > _end - Body)
        {
            throw ArrowFormatException.Damaged($"body of the message at offset {_next} is longer than the file");
        }

        _next = Body + BodyBytes;
        return true;
    }

    private FlatTable Message() => FlatTable.Root(_file.Span(_metadata, _metadataLength));

    private int ReadInt32(long offset) => System.Buffers.Binary.BinaryPrimitives.ReadInt32LittleEndian(_file.Span(offset, 4));

    // Where messages start and end: between magic and footer in a file, everything in a stream.
    private static (long Start, long End) Extent(MappedFile file)
    {
        var magic = "ARROW1"u8;
        if (file.Length < 8)
        {
            throw ArrowFormatException.Damaged($"only {file.Length} bytes");
        }

        if (!file.Span(0, magic.Length).SequenceEqual(magic))
        {
            return file.Span(0, 4).SequenceEqual<byte>([0xFF, 0xFF, 0xFF, 0xFF])
                ? (0, file.Length)
                : throw new ArrowFormatException("this is not an Arrow IPC file", "make one with 'xclassflow import' or pyarrow (docs/data-format.md)");
        }

        var trailer = file.Length - magic.Length - 4;
        if (trailer < 8 || !file.Span(trailer + 4, magic.Length).SequenceEqual(magic))
        {
            throw ArrowFormatException.Damaged("the closing mark is missing");
        }

        var footer = trailer - System.Buffers.Binary.BinaryPrimitives.ReadInt32LittleEndian(file.Span(trailer, 4));
        return footer is >= 8 && footer <= trailer ? (8, footer) : throw ArrowFormatException.Damaged("the footer's length is wrong");
    }
}
