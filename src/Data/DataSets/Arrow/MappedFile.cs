// One file mapped read-only, with every access checked against its length.
using System.IO.MemoryMappedFiles;

namespace XClassFlow.Data.DataSets.Arrow;

/// <summary>
/// Owns the mapping; pointers and spans from it are valid until <see cref="Dispose"/>. Files are replaced by rename, never rewritten in place;
/// <see cref="MappedFiles"/> watches that nobody cuts one short.
/// </summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly IDisposable? _watch;
    private byte* _start;

    public MappedFile(string path)
    {
        // A file stream and not a path: the mapping then has the length that was looked at, and sharing allows a rename over it.
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        using (stream)
        {
            Length = stream.Length;
            if (Length == 0)
            {
                throw new ArrowFormatException("the file is empty", "write or copy it again");
            }

            _watch = MappedFiles.Watch(stream.SafeFileHandle, path, isFixed: false);
            _file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        }

        _view = _file.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _start += _view.PointerOffset;
    }

    public long Length { get; }

    /// <summary>A pointer to <paramref name="length"/> bytes that lie wholly inside the file.</summary>
    public byte* At(long offset, long length)
    {
        if (offset < 0 || length < 0 || offset > Length - length)
        {
            throw ArrowFormatException.Damaged($"{length} bytes at offset {offset} lie beyond its {Length} bytes");
        }

        return _start + offset;
    }

    public ReadOnlySpan<byte> Span(long offset, int length) => new(At(offset, length), length);

    public void Dispose()
    {
        if (_start != null)
        {
            _start = null;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
        }

        _view.Dispose();
        _file.Dispose();
        _watch?.Dispose();
    }
}
