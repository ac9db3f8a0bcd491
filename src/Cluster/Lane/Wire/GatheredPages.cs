// Asks the system for large pages where memory is lent to another process.
using System.Runtime.InteropServices;

namespace XClassFlow.Cluster.Lane.Wire;

/// <summary>
/// Whoever reads another process's memory holds every page of it meanwhile, and with pages of 4 KiB that takes twice as long as the copy (a profile of `bench allreduce`). The allocator uses the same
/// places step after step, so it is enough to ask once for each. Linux only; elsewhere, and where the system refuses, it does nothing. Thread-safe.
/// </summary>
internal sealed partial class GatheredPages
{
    /// <summary>Smaller loans gain less than the first call costs.</summary>
    private const long Smallest = 256 << 10;

    /// <summary>Loans after which all is asked for again: the allocator may have given memory back meanwhile, and got other at the same place.</summary>
    private const int Memory = 1 << 16;

    private const long Page = 2L << 20;
    private const int WhenTouched = 14;
    private const int AtOnce = 25;

    private readonly Lock _gate = new();
    private readonly HashSet<long> _asked = [];
    private int _loans;

    /// <summary>The process's.</summary>
    public static GatheredPages Shared { get; } = new();

    /// <summary>
    /// Large pages for memory in use that is about to be lent: the system copies it together, a millisecond or so for 2 MiB. Also what lies beside it within a large page; nothing of what is
    /// written there changes.
    /// </summary>
    /// <returns>Large pages that were not asked for before.</returns>
    public int Gather(nint address, long bytes)
    {
        if (bytes < Smallest || !OperatingSystem.IsLinux())
        {
            return 0;
        }

        var asked = 0;
        lock (_gate)
        {
            if (++_loans % Memory == 0)
            {
                _asked.Clear();
            }

            for (var page = address / Page * Page; page < address + bytes; page += Page)
            {
                if (_asked.Add(page))
                {
                    // The second needs Linux 6.1; before, the first helps once the memory has been given back and comes again.
                    _ = Advise((nint)page, (nuint)Page, WhenTouched);
                    _ = Advise((nint)page, (nuint)Page, AtOnce);
                    asked++;
                }
            }
        }

        return asked;
    }

    [LibraryImport("libc.so.6", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);
}
