// Reads the memory of another process of this machine.
using System.Runtime.InteropServices;

namespace XClassFlow.Cluster.Lane.Wire;

/// <summary>
/// A process that lends its memory over a connection. What it says about itself is believed only as far as its memory bears it out: at the address it names must stand the key of the
/// connection, which only the two ends know. The lender removes it before it frees anything, so every read that finds the key afterwards read what was lent. Linux only.
/// </summary>
/// <param name="process">Its number.</param>
/// <param name="proof">Address of the key there.</param>
/// <param name="key">The key.</param>
internal sealed unsafe partial class PeerMemory(int process, long proof, ulong key)
{
    /// <summary>Whether the key stands there. False: another machine, another process, or the system does not allow it.</summary>
    public bool Proves() => Copy(0, 0, 0);

    /// <summary>Copies bytes that are lent.</summary>
    /// <param name="from">Address in the other process.</param>
    /// <param name="to">Address in this one.</param>
    /// <param name="length">Bytes.</param>
    /// <exception cref="IOException">They are lent no more, or never were.</exception>
    public void Read(long from, nint to, int length)
    {
        if (!Copy(from, to, length))
        {
            throw new IOException("the peer's memory cannot be read any more");
        }
    }

    // The key is read by the same call, after the bytes: the system copies in the order of the vectors.
    private bool Copy(long from, nint to, int length)
    {
        ulong found = 0;
        var local = stackalloc Vector[] { new Vector(to, length), new Vector((nint)(&found), sizeof(ulong)) };
        var remote = stackalloc Vector[] { new Vector((nint)from, length), new Vector((nint)proof, sizeof(ulong)) };
        return OperatingSystem.IsLinux() && key != 0 && ReadProcess(process, local, 2, remote, 2, 0) == length + sizeof(ulong) && found == key;
    }

    [LibraryImport("libc.so.6", EntryPoint = "process_vm_readv")]
    private static partial nint ReadProcess(int process, Vector* local, nuint locals, Vector* remote, nuint remotes, nuint flags);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Vector(nint address, nint length)
    {
        public readonly nint Address = address;
        public readonly nint Length = length;
    }
}
