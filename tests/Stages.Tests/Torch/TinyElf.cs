// Builds a synthetic ELF64 library with one version need, small enough to know every byte of.
using System.Buffers.Binary;
using System.Text;

namespace XClassFlow.Stages.Tests.Torch;

/// <summary>Sections: null, .dynstr, .gnu.version_r (two versions), .dynsym (two symbols), .gnu.version.</summary>
internal static class TinyElf
{
    public const string Kept = "LIB_1.0";
    public const string Loosened = "LIB_2.0";
    public const int FlagsOfKept = 64 + 64 + 16 + 4;
    public const int FlagsOfLoosened = FlagsOfKept + 16;

    /// <param name="userOfLoosened">Name of the symbol that is bound to <see cref="Loosened"/>.</param>
    public static byte[] Build(string userOfLoosened)
    {
        const int Strings = 64, Needs = 128, Symbols = 192, Versions = 264, Headers = 272;
        var image = new byte[Headers + 5 * 64];
        ReadOnlySpan<byte> magic = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1];
        magic.CopyTo(image);
        W64(40, Headers);
        W16(58, 64);
        W16(60, 5);

        var text = $"\0libx.so\0{Kept}\0{Loosened}\0{userOfLoosened}\0";
        Encoding.ASCII.GetBytes(text).CopyTo(image, Strings);
        uint At(string name) => (uint)text.IndexOf(name, StringComparison.Ordinal);

        W16(Needs, 1);
        W16(Needs + 2, 2);
        W32(Needs + 4, At("libx.so"));
        W32(Needs + 8, 16);
        Entry(Needs + 16, Kept, 2, 16);
        Entry(Needs + 32, Loosened, 3, 0);
        W32(Symbols + 24, At(userOfLoosened));
        W32(Symbols + 48, At("libx.so"));
        W16(Versions + 2, 3);
        W16(Versions + 4, 2);

        Header(1, 3, Strings, 64, 0, 0);
        Header(2, 0x6ffffffe, Needs, 64, 1, 1);
        Header(3, 11, Symbols, 72, 1, 0);
        Header(4, 0x6fffffff, Versions, 6, 3, 0);
        return image;

        void Entry(int at, string version, ushort index, uint next)
        {
            W16(at + 6, index);
            W32(at + 8, At(version));
            W32(at + 12, next);
        }

        void Header(int index, uint type, int offset, int size, uint link, uint info)
        {
            var at = Headers + index * 64;
            W32(at + 4, type);
            W64(at + 24, offset);
            W64(at + 32, size);
            W32(at + 40, link);
            W32(at + 44, info);
        }

        void W16(int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(at), value);
        void W32(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(at), value);
        void W64(int at, long value) => BinaryPrimitives.WriteInt64LittleEndian(image.AsSpan(at), value);
    }
}
