// Makes one required symbol version of an ELF library optional, in memory: the loader then accepts systems that do not define it.
using System.Buffers.Binary;
using System.Text;

namespace XClassFlow.Stages.Torch;

/// <summary>
/// Edits the section <c>.gnu.version_r</c> (System V gABI, Linux Standard Base "Symbol Versioning"): sets VER_FLG_WEAK on one entry, which
/// turns the dynamic linker's "version not found" from an error into a remark. Only sound when no code of the library calls a symbol
/// of that version; the caller says which symbols it knows to be never called, and every other user of the version is refused.
/// </summary>
/// <remarks>Little-endian ELF64 only, which is all that libtorch is built for on Linux.</remarks>
public static class ElfVersionPatch
{
    private const ushort WeakFlag = 0x2;
    private const uint SectionDynamicSymbols = 11;
    private const uint SectionVersionSymbols = 0x6fffffff;
    private const uint SectionVersionNeeds = 0x6ffffffe;

    /// <summary>Sets the weak flag on every entry of the named version.</summary>
    /// <param name="image">The whole file; changed in place. Never a mapping of a file that others use.</param>
    /// <param name="version">For example <c>GLIBCXX_3.4.32</c>.</param>
    /// <param name="neverCalled">Symbols that may be bound to that version because nothing calls them.</param>
    /// <returns>Number of entries changed; 0 when the library does not ask for the version or the flag was there.</returns>
    /// <exception cref="InvalidDataException">Not an ELF64 library, damaged, or other symbols need the version.</exception>
    public static int MakeOptional(Span<byte> image, string version, params ReadOnlySpan<string> neverCalled)
    {
        try
        {
            return Patch(image, version, neverCalled);
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or OverflowException)
        {
            throw new InvalidDataException("the ELF file's tables lie outside it", e);
        }
    }

    private static int Patch(Span<byte> image, string version, ReadOnlySpan<string> neverCalled)
    {
        ReadOnlySpan<byte> magic = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1];
        if (image.Length < 64 || !image[..6].SequenceEqual(magic))
        {
            throw new InvalidDataException("not a little-endian ELF64 file");
        }

        if (I64(image, 40) + (long)U16(image, 60) * U16(image, 58) > image.Length)
        {
            throw new InvalidDataException("the ELF file ends before its section headers do");
        }

        var needs = Section.Find(image, SectionVersionNeeds);
        if (needs is null)
        {
            return 0;
        }

        var strings = Section.At(image, needs.Value.Link);
        // Both lists end with an offset of 0; the counts beside them say the same.
        var changed = 0;
        var file = needs.Value.Offset;
        uint nextFile;
        do
        {
            var entry = file + U32(image, file + 8);
            uint nextEntry;
            do
            {
                if (Text(image, strings, U32(image, entry + 8)) == version && (U16(image, entry + 4) & WeakFlag) == 0)
                {
                    RefuseOtherUsers(image, U16(image, entry + 6), version, neverCalled);
                    var flags = (ushort)(U16(image, entry + 4) | WeakFlag);
                    BinaryPrimitives.WriteUInt16LittleEndian(image[checked((int)(entry + 4))..], flags);
                    changed++;
                }

                nextEntry = U32(image, entry + 12);
                entry += nextEntry;
            }
            while (nextEntry != 0);

            nextFile = U32(image, file + 12);
            file += nextFile;
        }
        while (nextFile != 0);

        return changed;
    }

    private static void RefuseOtherUsers(ReadOnlySpan<byte> image, ushort index, string version, ReadOnlySpan<string> neverCalled)
    {
        if (Section.Find(image, SectionDynamicSymbols) is not { } symbols || Section.Find(image, SectionVersionSymbols) is not { } versions)
        {
            return;
        }

        var strings = Section.At(image, symbols.Link);
        for (long i = 0; i < versions.Size / 2; i++)
        {
            if ((U16(image, versions.Offset + 2 * i) & 0x7fff) != index)
            {
                continue;
            }

            var name = Text(image, strings, U32(image, symbols.Offset + 24 * i));
            if (!neverCalled.Contains(name))
            {
                throw new InvalidDataException($"{name} really needs {version}");
            }
        }
    }

    private static ushort U16(ReadOnlySpan<byte> image, long at) => BinaryPrimitives.ReadUInt16LittleEndian(image.Slice(checked((int)at), 2));

    private static uint U32(ReadOnlySpan<byte> image, long at) => BinaryPrimitives.ReadUInt32LittleEndian(image.Slice(checked((int)at), 4));

    private static long I64(ReadOnlySpan<byte> image, long at)
    {
        var value = BinaryPrimitives.ReadInt64LittleEndian(image.Slice(checked((int)at), 8));
        return value is >= 0 and <= int.MaxValue ? value : throw new InvalidDataException("an offset lies outside the file");
    }

    private static string Text(ReadOnlySpan<byte> image, Section strings, uint at)
    {
        var rest = image[checked((int)(strings.Offset + at))..];
        var end = rest.IndexOf((byte)0);
        return end < 0 ? throw new InvalidDataException("a name has no end") : Encoding.ASCII.GetString(rest[..end]);
    }

    private readonly record struct Section(uint Type, long Offset, long Size, uint Link, uint Info)
    {
        public static Section? Find(ReadOnlySpan<byte> image, uint type)
        {
            for (uint i = 0; i < U16(image, 60); i++)
            {
                var section = At(image, i);
                if (section.Type == type)
                {
                    return section;
                }
            }

            return null;
        }

        public static Section At(ReadOnlySpan<byte> image, uint index)
        {
            var at = I64(image, 40) + (long)index * U16(image, 58);
            return new(U32(image, at + 4), I64(image, at + 24), I64(image, at + 32), U32(image, at + 40), U32(image, at + 44));
        }
    }
}
