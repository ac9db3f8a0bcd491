// Asks the system for large pages where a parcel is about to be received.
using System.Runtime.InteropServices;

namespace XClassFlow.Cluster.Lane.Wire;

/// <summary>
/// Fresh memory costs a fault per page at the first touch. With pages of 4 KiB that takes longer than the bytes need over a fast connection: measured, parcels of 100 MiB arrived at a third of
/// a socket's speed. Linux only; elsewhere, and where the system refuses, it does nothing.
/// </summary>
internal static partial class LargePages
{
    /// <summary>The allocator of glibc gives larger blocks back to the system at once, and uses the pages of smaller ones again.</summary>
    private const long Smallest = 32L << 20;

    private const long PageSize = 4096;
    private const int Advice = 14;

    public static void Request(nint address, long bytes)
    {
        if (bytes < Smallest || !OperatingSystem.IsLinux())
        {
            return;
        }

        var start = (address + PageSize - 1) / PageSize * PageSize;
        _ = Advise((nint)start, (nuint)((address + bytes - start) / PageSize * PageSize), Advice);
    }

    [LibraryImport("libc.so.6", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);
}
