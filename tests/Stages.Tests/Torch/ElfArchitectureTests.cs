// The architecture in an ELF header, for a message that the linker does not give.
using System.Runtime.InteropServices;
using XClassFlow.Stages.Torch;

namespace XClassFlow.Stages.Tests.Torch;

public sealed class ElfArchitectureTests
{
    [Theory]
    [InlineData(62, 1, Architecture.X64, null)]
    [InlineData(183, 1, Architecture.Arm64, null)]
    [InlineData(183, 1, Architecture.X64, "it was made for Arm64, this process is X64")]
    [InlineData(3, 1, Architecture.X64, "it was made for X86, this process is X64")]
    [InlineData(22, 2, Architecture.X64, "it was made for S390x, this process is X64")]
    [InlineData(9_999, 1, Architecture.X64, "it was made for processor type 9999, this process is X64")]
    public void A_header_of_another_architecture_is_named(int machine, byte order, Architecture process, string? expected) =>
        Assert.Equal(expected, ElfArchitecture.Mismatch(Header(machine, order), process));

    [Fact]
    public void What_is_no_ELF_file_is_left_to_the_linker()
    {
        Assert.Null(ElfArchitecture.Mismatch(Header(183, 1).AsSpan(0, 19), Architecture.X64));
        Assert.Null(ElfArchitecture.Mismatch("no library at all, a text"u8, Architecture.X64));
        Assert.Null(ElfArchitecture.Mismatch([], Architecture.X64));
    }

    internal static byte[] Header(int machine, byte order)
    {
        var head = new byte[64];
        ReadOnlySpan<byte> start = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, order, 1];
        start.CopyTo(head);
        head[order == 2 ? 19 : 18] = (byte)machine;
        head[order == 2 ? 18 : 19] = (byte)(machine >> 8);
        return head;
    }
}
