// Says for which processor a library was made, which the dynamic linker reports as a missing file.
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace XClassFlow.Stages.Torch;

/// <summary>Reads the first bytes of an ELF file (System V gABI, "ELF Header"): class, byte order, e_machine.</summary>
internal static class ElfArchitecture
{
    private const int MachineAt = 18;

    /// <summary>What is wrong with the file's architecture for this process, or null when nothing is or it is no ELF file.</summary>
    public static string? Mismatch(string path) => Mismatch(Head(path), RuntimeInformation.ProcessArchitecture);

    internal static string? Mismatch(ReadOnlySpan<byte> head, Architecture process)
    {
        ReadOnlySpan<byte> magic = [0x7f, (byte)'E', (byte)'L', (byte)'F'];
        if (head.Length < MachineAt + 2 || !head.StartsWith(magic))
        {
            return null;
        }

        var machine = head[5] == 2 ? BinaryPrimitives.ReadUInt16BigEndian(head[MachineAt..]) : BinaryPrimitives.ReadUInt16LittleEndian(head[MachineAt..]);
        var made = machine switch
        {
            3 => nameof(Architecture.X86),
            21 => nameof(Architecture.Ppc64le),
            22 => nameof(Architecture.S390x),
            40 => nameof(Architecture.Arm),
            62 => nameof(Architecture.X64),
            183 => nameof(Architecture.Arm64),
            243 => nameof(Architecture.RiscV64),
            258 => nameof(Architecture.LoongArch64),
            _ => $"processor type {machine}",
        };
        return made == process.ToString() ? null : $"it was made for {made}, this process is {process}";
    }

    private static byte[] Head(string path)
    {
        using var file = File.OpenRead(path);
        var head = new byte[MachineAt + 2];
        return head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
    }
}
