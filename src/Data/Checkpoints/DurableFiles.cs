// The few file operations that durable directories are made of; a seam where tests inject faults.
namespace XClassFlow.Data.Checkpoints;

/// <summary>
/// Create, sync, rename: what makes a directory appear whole or not at all. Tests override the methods to fail at any one of them.
/// Errors are <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.
/// </summary>
internal class DurableFiles
{
    public static DurableFiles Disk { get; } = new();

    /// <summary>Creates or empties a file for writing, unbuffered. Where the file system can tell, too little space for the expected length fails here.</summary>
    public virtual Stream Create(string path, long expectedBytes) => new FileStream(path, new FileStreamOptions
    {
        Mode = FileMode.Create,
        Access = FileAccess.Write,
        Share = FileShare.Read,
        BufferSize = 0,
        PreallocationSize = expectedBytes,
    });

    /// <summary>Forces the file's content to the device.</summary>
    public virtual void Sync(Stream stream) => (stream as FileStream)?.Flush(flushToDisk: true);

    /// <summary>Forces a directory's entries to the device; nothing on Windows, which has no such call.</summary>
    public virtual void SyncDirectory(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            PosixDirectory.Sync(path);
        }
    }

    /// <summary>Renames a file over another, or a directory to a free name.</summary>
    public virtual void Rename(string from, string to)
    {
        if (Directory.Exists(from))
        {
            Directory.Move(from, to);
        }
        else
        {
            File.Move(from, to, overwrite: true);
        }
    }

    /// <summary>Replaces a small file: readers see the old content or the new, also after a power cut.</summary>
    public void Replace(string path, ReadOnlySpan<byte> content)
    {
        var partial = Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.partial");
        try
        {
            using (var stream = Create(partial, content.Length))
            {
                stream.Write(content);
                Sync(stream);
            }

            Rename(partial, path);
        }
        catch
        {
            TryDelete(partial);
            throw;
        }

        SyncDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>
    /// Takes a directory or file away under another name, then deletes it. Who still works there finds either all of it or nothing: a directory
    /// that is deleted in place could be renamed to a valid name when it is half empty, or fill again.
    /// </summary>
    public static void TryRemove(string path)
    {
        var removed = Path.Combine(Path.GetDirectoryName(path)!, CheckpointNames.Removed(Path.GetFileName(path)));
        try
        {
            Directory.Move(path, removed);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Somebody else has taken it away, or it stays, hidden, for the next writer to try.
            return;
        }

        TryDelete(removed);
    }

    /// <summary>Deletes a file or a whole directory if it can; what remains is cleaned up by the next writer.</summary>
    public static void TryDelete(string path)
    {
        try
        {
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }
            else
            {
                File.Delete(path);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The name starts with a dot: never taken for a whole one.
        }
    }

    /// <summary>Free bytes where a path lies; null where the system does not say.</summary>
    public static long? FreeBytes(string path)
    {
        try
        {
            return new DriveInfo(path).AvailableFreeSpace;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
