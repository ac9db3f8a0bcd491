// One mapped file, kept open to see whether it changes.
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace XClassFlow.Data;

/// <summary>Owns a second handle of the file, which stays good when the file is renamed, replaced or deleted.</summary>
internal sealed partial class WatchedFile : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly bool _isFixed;
    private readonly Action<WatchedFile> _removed;
    private readonly long _length;
    private readonly DateTime _written;

    /// <param name="file">Borrowed for the call.</param>
    /// <param name="path">For messages.</param>
    /// <param name="isFixed">Whether writing to it matters.</param>
    /// <param name="removed">Called when it is disposed.</param>
    /// <exception cref="IOException">The process has too many open files.</exception>
    public WatchedFile(SafeFileHandle file, string path, bool isFixed, Action<WatchedFile> removed)
    {
        var copy = Duplicate(file);
        if (copy < 0)
        {
            throw new IOException($"{Marshal.GetLastPInvokeErrorMessage()} : '{path}'");
        }

        _file = new SafeFileHandle(copy, ownsHandle: true);
        (_path, _isFixed, _removed) = (path, isFixed, removed);
        (_length, _written) = (RandomAccess.GetLength(_file), File.GetLastWriteTimeUtc(_file));
    }

    /// <exception cref="MappedFileException">It is not what it was.</exception>
    public void Check()
    {
        try
        {
            var length = RandomAccess.GetLength(_file);
            if (length < _length)
            {
                throw new MappedFileException(_path, $"was cut short from {_length} to {length} bytes");
            }

            if (_isFixed && File.GetLastWriteTimeUtc(_file) != _written)
            {
                throw new MappedFileException(_path, "was written to");
            }
        }
        catch (ObjectDisposedException)
        {
            // Its mapping has ended meanwhile: nobody reads it any more.
        }
    }

    public void Dispose()
    {
        _removed(this);
        _file.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "dup", SetLastError = true)]
    private static partial int Duplicate(SafeFileHandle file);
}
