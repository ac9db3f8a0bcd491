// Opens a safetensors file: tensors as views of a memory mapping, or rows read straight into the caller's memory.
using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;
using XClassFlow.Data.Tensors;

namespace XClassFlow.Data.Checkpoints;

/// <summary>
/// A validated safetensors file. Owns the file handle and, once <see cref="Tensor"/> was called, the mapping; disposing releases both, and no
/// block taken from here may be used after. Reads are thread-safe.
/// </summary>
public sealed unsafe class SafetensorsReader : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly SafetensorsHeader _header;
    private readonly long _dataStart;
    private readonly Lock _mapping = new();
    private MemoryMappedFile? _map;
    private MemoryMappedViewAccessor? _view;
    private IDisposable? _watch;
    private byte* _first;

    private SafetensorsReader(string path, SafeFileHandle file)
    {
        Path = path;
        _file = file;
        var fileBytes = RandomAccess.GetLength(file);
        Span<byte> prefix = stackalloc byte[sizeof(long)];
        if (fileBytes < prefix.Length)
        {
            throw Damaged($"{fileBytes} bytes are too few for a safetensors file");
        }

        ReadAt(0, prefix);
        var headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerBytes > SafetensorsWriter.MaxHeaderBytes || (long)headerBytes > fileBytes - prefix.Length)
        {
            throw Damaged($"a header of {headerBytes} bytes does not fit a file of {fileBytes} bytes (and at most {SafetensorsWriter.MaxHeaderBytes} are allowed)");
        }

        var header = new byte[headerBytes];
        ReadAt(prefix.Length, header);
        _dataStart = prefix.Length + header.Length;
        _header = SafetensorsHeader.Parse(header, fileBytes - _dataStart, path);
    }

    public string Path { get; }

    /// <summary>The free strings of the file.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Entries => _header.Entries;

    /// <summary>Opens and validates a file; reads the header only.</summary>
    /// <exception cref="UserErrorException">The file is missing or breaks the format.</exception>
    public static SafetensorsReader Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(path);
            return new SafetensorsReader(path, file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            file?.Dispose();
            throw new UserErrorException($"cannot be read: {error.Message}", path, inner: error);
        }
        catch
        {
            file?.Dispose();
            throw;
        }
    }

    /// <summary>The entry of a tensor that must be there.</summary>
    /// <exception cref="UserErrorException">There is none of this name.</exception>
    public SafetensorsEntry Entry(string name) =>
        Entries.TryGetValue(name, out var entry)
            ? entry
            : throw new UserErrorException($"holds no tensor '{name}'", Path, $"it holds {string.Join(", ", Entries.Keys.Take(20))}");

    /// <summary>A view of a whole tensor in the mapped file, without a copy. Valid until this reader is disposed, which is its owner.</summary>
    /// <exception cref="UserErrorException">There is none of this name.</exception>
    public TensorBlock Tensor(string name)
    {
        var entry = Entry(name);
        var address = entry.ByteLength == 0 ? null : First() + _dataStart + entry.Begin;
        return new TensorBlock(name, entry.ElementType, entry.Shape, (nint)address, entry.ByteLength, this);
    }

    /// <summary>Reads rows [rowStart, rowEnd) along the outermost dimension into native memory, without mapping.</summary>
    /// <param name="name">Name of the tensor.</param>
    /// <param name="rowStart">First row.</param>
    /// <param name="rowEnd">One past the last row.</param>
    /// <param name="destination">Address of the caller's memory, borrowed for the call.</param>
    /// <param name="destinationByteLength">Exactly the bytes of these rows.</param>
    /// <exception cref="UserErrorException">There is no such tensor, or the file was cut short since it was opened.</exception>
    /// <exception cref="ArgumentException">The rows lie outside the tensor, or the destination's length is not theirs.</exception>
    public void ReadRows(string name, long rowStart, long rowEnd, nint destination, long destinationByteLength)
    {
        var entry = Entry(name);
        if (rowStart < 0 || rowEnd < rowStart || rowEnd > entry.Rows)
        {
            throw new ArgumentException($"rows [{rowStart}, {rowEnd}) of '{name}', which has {entry.Rows}", nameof(rowStart));
        }

        var bytes = (rowEnd - rowStart) * entry.RowBytes;
        if (bytes != destinationByteLength)
        {
            throw new ArgumentException($"rows [{rowStart}, {rowEnd}) of '{name}' have {bytes} bytes, the destination {destinationByteLength}", nameof(destinationByteLength));
        }

        var from = _dataStart + entry.Begin + (rowStart * entry.RowBytes);
        for (long done = 0; done < bytes; done += TensorBlock.MaxChunkBytes)
        {
            ReadAt(from + done, new Span<byte>((byte*)destination + done, (int)Math.Min(TensorBlock.MaxChunkBytes, bytes - done)));
        }
    }

    /// <summary>Rows [rowStart, rowEnd) along the outermost dimension as memory that can be written; the file does not change. The caller owns it, and it may outlive this reader.</summary>
    /// <exception cref="UserErrorException">There is no such tensor, the file was cut short since it was opened, or the system refuses.</exception>
    /// <exception cref="ArgumentException">There are no such rows, or none at all.</exception>
    public PrivateMapping MapRows(string name, long rowStart, long rowEnd)
    {
        var entry = Entry(name);
        if (rowStart < 0 || rowEnd <= rowStart || rowEnd > entry.Rows || entry.RowBytes == 0)
        {
            throw new ArgumentException($"rows [{rowStart}, {rowEnd}) of '{name}', which has {entry.Rows} of {entry.RowBytes} bytes", nameof(rowStart));
        }

        return new PrivateMapping(_file, Path, _dataStart + entry.Begin + (rowStart * entry.RowBytes), (rowEnd - rowStart) * entry.RowBytes);
    }

    public void Dispose()
    {
        lock (_mapping)
        {
            if (_first != null)
            {
                _view!.SafeMemoryMappedViewHandle.ReleasePointer();
                _first = null;
            }

            _view?.Dispose();
            _map?.Dispose();
            _watch?.Dispose();
            _file.Dispose();
        }
    }

    private byte* First()
    {
        lock (_mapping)
        {
            ObjectDisposedException.ThrowIf(_file.IsClosed, this);
            if (_first == null)
            {
                var needed = _dataStart + Entries.Values.Max(entry => entry.Begin + entry.ByteLength);
                if (RandomAccess.GetLength(_file) is var there && there < needed)
                {
                    throw Damaged($"has {there} bytes, {needed} are needed");
                }

                _watch = MappedFiles.Watch(_file, Path, isFixed: true);
                _map = MemoryMappedFile.CreateFromFile(_file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
                _view = _map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
                _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _first);
            }

            return _first;
        }
    }

    private void ReadAt(long offset, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            var read = RandomAccess.Read(_file, destination, offset);
            if (read == 0)
            {
                throw Damaged($"ends at byte {offset}, {destination.Length} more were expected");
            }

            offset += read;
            destination = destination[read..];
        }
    }

    private UserErrorException Damaged(string what) => new(what, Path, "write it again, or use another copy");
}
