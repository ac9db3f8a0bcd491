// Writes a data set as an Arrow IPC file, batch by batch, and lets it appear under its name only when it is whole.
using System.Globalization;
using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;

namespace XClassFlow.Data.DataSets;

/// <summary>
/// Samples are written in the order given, in uncompressed batches of about 24 MB, to a temporary file beside the target, whose folder is made where
/// it is missing. <see cref="Complete"/> makes the file durable and renames it; disposing without completing leaves nothing. What
/// cannot be written, on a full disk, is an <see cref="OutputException"/>. Not thread-safe.
/// </summary>
public sealed class ArrowDataSetWriter : IDisposable
{
    private const int BatchBytes = 24 << 20;

    private readonly SampleShape _shape;
    private readonly SampleStorage _storage;
    private readonly ParentFolders _folders;
    private readonly string _partial;
    private readonly FileStream _stream;
    private readonly ArrowFileWriter _writer;
    private readonly Schema _schema;
    private readonly List<long> _labels = [];
    private readonly List<int> _offsets = [0];
    private byte[] _content;
    private int _used;
    private bool _sealed;
    private bool _closed;

    /// <param name="path">The file to make; an existing one is replaced at the end.</param>
    /// <param name="shape">Shape of every sample.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="storage">How content is stored; features for feature shapes, one of the other two for pictures.</param>
    /// <exception cref="UserErrorException">The file cannot be created.</exception>
    public ArrowDataSetWriter(string path, SampleShape shape, long classes, SampleStorage storage)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        if (shape.IsImage == (storage == SampleStorage.Features))
        {
            throw new ArgumentException($"{storage} cannot hold samples of {shape}", nameof(storage));
        }

        Path = path;
        Classes = classes;
        _shape = shape;
        _storage = storage;
        _content = new byte[Math.Max(BatchBytes, RowBytes)];
        _schema = MakeSchema();
        _partial = $"{path}.{Environment.ProcessId}-{Guid.NewGuid():N}.partial";
        _folders = new ParentFolders(path);
        try
        {
            _stream = new FileStream(_partial, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            _folders.Dispose();
            throw new UserErrorException($"the file cannot be created ({e.Message})", path, "name a file in a writable folder", e);
        }

        _writer = new ArrowFileWriter(_stream, _schema, leaveOpen: true);
    }

    public string Path { get; }

    public long Classes { get; }

    /// <summary>Samples written so far.</summary>
    public long Count { get; private set; }

    private int RowBytes => _storage switch
    {
        SampleStorage.RawPixels => _shape.Length,
        SampleStorage.Features => _shape.Length * sizeof(float),
        _ => 0,
    };

    /// <summary>Adds a picture for <see cref="SampleStorage.RawPixels"/>: HWC bytes, exactly the shape's length.</summary>
    public void WritePixels(long label, ReadOnlySpan<byte> pixels)
    {
        Require(SampleStorage.RawPixels, pixels.Length, _shape.Length);
        Append(label, pixels);
    }

    /// <summary>Adds a picture file (PNG or JPEG) for <see cref="SampleStorage.EncodedImages"/>; it is not looked into.</summary>
    public void WriteEncoded(long label, ReadOnlySpan<byte> encoded)
    {
        Require(SampleStorage.EncodedImages, 1, 1);
        Append(label, encoded);
    }

    /// <summary>Adds a feature vector for <see cref="SampleStorage.Features"/>: exactly the shape's width.</summary>
    public void WriteFeatures(long label, ReadOnlySpan<float> features)
    {
        Require(SampleStorage.Features, features.Length, _shape.Length);
        Append(label, MemoryMarshal.AsBytes(features));
    }

    /// <summary>Writes what is left, flushes it to the disk and gives the file its name. The writer is closed afterwards.</summary>
    /// <exception cref="InvalidOperationException">Nothing was written: a data set has at least one sample.</exception>
    public void Complete()
    {
        Seal();
        OutputException.Guard(Path, () => File.Move(_partial, Path, overwrite: true));
        _folders.Keep();
        _closed = true;
    }

    /// <summary>
    /// The part of <see cref="Complete"/> that can fail for want of space; the file still has its temporary name. For writers that must appear together.
    /// </summary>
    internal void Seal()
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        if (_sealed)
        {
            return;
        }

        if (Count == 0)
        {
            throw new InvalidOperationException($"{Path} would hold no sample, and could not be opened");
        }

        WriteBatch();
        OutputException.Guard(Path, () =>
        {
            _writer.WriteEnd();
            _writer.Dispose();
            _stream.Flush(flushToDisk: true);
            _stream.Dispose();
        });
        _sealed = true;
    }

    public void Dispose()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        try
        {
            _writer.Dispose();
            _stream.Dispose();
        }
        catch (IOException)
        {
            // The file goes anyway, so what could not be written of it is no loss.
        }

        File.Delete(_partial);
        _folders.Dispose();
    }

    private void Require(SampleStorage storage, int length, int expected)
    {
        ObjectDisposedException.ThrowIf(_closed || _sealed, this);
        if (storage != _storage)
        {
            throw new InvalidOperationException($"{Path} stores {_storage}, not {storage}");
        }

        if (length != expected)
        {
            throw new ArgumentException($"a sample of {length} values where {expected} belong ({_shape})");
        }
    }

    private void Append(long label, ReadOnlySpan<byte> content)
    {
        if ((ulong)label >= (ulong)Classes)
        {
            throw new ArgumentOutOfRangeException(nameof(label), label, $"outside 0..{Classes - 1}");
        }

        if (content.Length > _content.Length - _used || _labels.Count * sizeof(long) >= BatchBytes)
        {
            WriteBatch();
            if (content.Length > _content.Length)
            {
                _content = new byte[content.Length];
            }
        }

        content.CopyTo(_content.AsSpan(_used));
        _used += content.Length;
        _labels.Add(label);
        _offsets.Add(_used);
        Count++;
    }

    // Every buffer is managed memory, so nothing of the batch can be freed by a finalizer while it is written (arrow-dotnet #397).
    private void WriteBatch()
    {
        var rows = _labels.Count;
        if (rows == 0)
        {
            return;
        }

        var labels = new Int64Array(new ArrayData(Int64Type.Default, rows, 0, 0, [ArrowBuffer.Empty, Buffer(CollectionsMarshal.AsSpan(_labels))]));
        using var batch = new RecordBatch(_schema, [labels, ContentArray(rows)], rows);
        OutputException.Guard(Path, () => _writer.WriteRecordBatch(batch));
        GC.KeepAlive(batch);
        _labels.Clear();
        _offsets.Clear();
        _offsets.Add(0);
        _used = 0;
    }

    private IArrowArray ContentArray(int rows)
    {
        var type = _schema.GetFieldByIndex(1).DataType;
        var bytes = new ArrowBuffer(_content.AsMemory(0, _used));
        switch (_storage)
        {
            case SampleStorage.RawPixels:
                return ArrowArrayFactory.BuildArray(new ArrayData(type, rows, 0, 0, [ArrowBuffer.Empty, bytes]));
            case SampleStorage.EncodedImages:
                return ArrowArrayFactory.BuildArray(new ArrayData(type, rows, 0, 0, [ArrowBuffer.Empty, Buffer(CollectionsMarshal.AsSpan(_offsets)), bytes]));
            default:
                var values = new ArrayData(FloatType.Default, rows * _shape.Length, 0, 0, [ArrowBuffer.Empty, bytes]);
                return ArrowArrayFactory.BuildArray(new ArrayData(type, rows, 0, 0, [ArrowBuffer.Empty], [values]));
        }
    }

    private static ArrowBuffer Buffer<T>(ReadOnlySpan<T> values)
        where T : unmanaged => new(MemoryMarshal.AsBytes(values).ToArray());

    private Schema MakeSchema()
    {
        var metadata = new Dictionary<string, string> { ["classes"] = Text(Classes) };
        if (_shape.IsImage)
        {
            metadata["height"] = Text(_shape.Height);
            metadata["width"] = Text(_shape.Width);
            metadata["channels"] = Text(_shape.Channels);
        }

        IArrowType content = _storage switch
        {
            SampleStorage.RawPixels => new FixedSizeBinaryType(_shape.Length),
            SampleStorage.EncodedImages => BinaryType.Default,
            _ => new FixedSizeListType(new Field("item", FloatType.Default, nullable: false), _shape.Length),
        };
        return new Schema(
            [new Field("label", Int64Type.Default, nullable: false), new Field(_shape.IsImage ? "image" : "features", content, nullable: false)], metadata);
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
