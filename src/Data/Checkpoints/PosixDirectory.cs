// fsync of a directory, which .NET has no call for.
using System.Runtime.InteropServices;

namespace XClassFlow.Data.Checkpoints;

/// <summary>A rename is durable only once the directory that holds the name was synced.</summary>
internal static partial class PosixDirectory
{
    private const int NotSupported = 22;

    /// <exception cref="IOException">The directory cannot be opened or synced.</exception>
    public static void Sync(string path)
    {
        var descriptor = Open(path, 0);
        if (descriptor < 0)
        {
            throw Error(path);
        }

        try
        {
            // Some network file systems answer EINVAL: they have no such notion, and nothing better can be done.
            if (Fsync(descriptor) != 0 && Marshal.GetLastPInvokeError() != NotSupported)
            {
                throw Error(path);
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static IOException Error(string path) => new($"{Marshal.GetLastPInvokeErrorMessage()} : '{path}'");

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
