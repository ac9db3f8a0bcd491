// A large zeroed block outside the managed heap.
using System.Runtime.InteropServices;

namespace XClassFlow.Stages.Torch;

/// <summary>Owns its memory until <see cref="Dispose"/>. Zeroed by the system page by page, when touched. On Linux the system is asked for huge pages: rows are read at random.</summary>
internal sealed unsafe partial class AnonymousMemory : IDisposable
{
    private const int Alignment = 64;
    private const long HugePage = 2 << 20;
    private const int AdviseHugePages = 14;

    private void* _block;

    /// <param name="bytes">Length, above 0.</param>
    /// <exception cref="OutOfMemoryException">The system has no such block.</exception>
    public AnonymousMemory(long bytes)
    {
        var padding = bytes >= 2 * HugePage ? HugePage : Alignment;
        _block = NativeMemory.AllocZeroed((nuint)(bytes + padding));
        Address = ((nint)_block + (nint)padding - 1) & -(nint)padding;
        if (padding == HugePage && OperatingSystem.IsLinux())
        {
            // Advice: what it answers does not matter.
            _ = Advise(Address, (nuint)(bytes & -HugePage), AdviseHugePages);
        }
    }

    /// <summary>First byte, on a cache line.</summary>
    public nint Address { get; }

    public void Dispose()
    {
        NativeMemory.Free(_block);
        _block = null;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);
}
