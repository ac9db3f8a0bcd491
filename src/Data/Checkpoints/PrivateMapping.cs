// A file mapped copy-on-write: its content is memory that can be written, and the file never changes.
using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace XClassFlow.Data.Checkpoints;

/// <summary>
/// Pages are shared with the file until they are written, then they are this process's own (MAP_PRIVATE). Owns the mapping until <see cref="Dispose"/>; needs no open file besides. The file may be
/// deleted or replaced by a rename meanwhile, but neither cut short nor written to: <see cref="MappedFiles"/> watches it.
/// </summary>
public sealed unsafe class PrivateMapping : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly IDisposable? _watch;
    private byte* _first;

    /// <summary>Maps a part of a file.</summary>
    /// <param name="file">Open for reading; may be closed afterwards.</param>
    /// <param name="path">Its name, for messages.</param>
    /// <param name="offset">First byte.</param>
    /// <param name="length">Bytes, above 0.</param>
    /// <exception cref="UserErrorException">The file is shorter, or the system refuses.</exception>
    internal PrivateMapping(SafeFileHandle file, string path, long offset, long length)
    {
        var there = RandomAccess.GetLength(file);
        if (there < offset + length)
        {
            throw new UserErrorException($"has {there} bytes, {offset + length} are needed", path, "it was cut short: write it again, or use another copy");
        }

        MemoryMappedViewAccessor? view = null;
        MemoryMappedFile? map = null;
        IDisposable? watch = null;
        try
        {
            watch = MappedFiles.Watch(file, path, isFixed: true);
            map = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.CopyOnWrite, HandleInheritability.None, leaveOpen: true);
            view = map.CreateViewAccessor(offset, length, MemoryMappedFileAccess.CopyOnWrite);
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref _first);
            (_file, _view, _watch) = (map, view, watch);
            Address = (nint)(_first + view.PointerOffset);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            view?.Dispose();
            map?.Dispose();
            watch?.Dispose();
            throw new UserErrorException($"cannot be mapped: {error.Message}", path, "set head.weights.storage = ram", error);
        }
    }

    /// <summary>The first byte asked for.</summary>
    public nint Address { get; }

    public void Dispose()
    {
        if (_first != null)
        {
            _first = null;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
        }

        _view.Dispose();
        _file.Dispose();
        _watch?.Dispose();
    }
}
