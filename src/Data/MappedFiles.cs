// The files that this process has mapped, and whether they still are what they were when they were mapped.
using Microsoft.Win32.SafeHandles;

namespace XClassFlow.Data;

/// <summary>
/// Reading a mapping beyond the end of its file is a fault that no program of .NET survives (SIGBUS), and the tail of the last page reads as zeros. So whoever is about to read much asks
/// first, with <see cref="Check"/>: a file that somebody cut short ends the run with a reason, before a checkpoint is made of what was read. What remains is the time between the check and the
/// end of the read. Deleting or replacing a file is harmless: the mapping keeps what it maps. Windows cuts no mapped file short, so nothing is watched there. Thread-safe.
/// </summary>
public static class MappedFiles
{
    private static readonly Lock Gate = new();
    private static volatile WatchedFile[] s_watched = [];

    /// <summary>How many are watched; for tests.</summary>
    internal static int Count => s_watched.Length;

    /// <summary>Asks for every mapped file whether it is as it was: two calls of the system for each.</summary>
    /// <exception cref="MappedFileException">One was cut short, or written to where that matters.</exception>
    public static void Check()
    {
        foreach (var file in s_watched)
        {
            file.Check();
        }
    }

    /// <summary>Watches a file from before it is mapped.</summary>
    /// <param name="file">Open; borrowed for the call.</param>
    /// <param name="path">Its name, for messages.</param>
    /// <param name="isFixed">Whether writing to it matters too: it holds weights.</param>
    /// <returns>Ends it; null where no file needs watching.</returns>
    internal static IDisposable? Watch(SafeFileHandle file, string path, bool isFixed)
    {
        if (OperatingSystem.IsWindows())
        {
            return null;
        }

        var watched = new WatchedFile(file, path, isFixed, Remove);
        lock (Gate)
        {
            s_watched = [.. s_watched, watched];
        }

        return watched;
    }

    private static void Remove(WatchedFile file)
    {
        lock (Gate)
        {
            s_watched = Array.FindAll(s_watched, other => other != file);
        }
    }
}
