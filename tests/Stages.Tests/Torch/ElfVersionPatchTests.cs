// The ELF patch changes one flag and refuses what it does not understand.
using XClassFlow.Stages.Torch;

namespace XClassFlow.Stages.Tests.Torch;

public sealed class ElfVersionPatchTests
{
    [Fact]
    public void Sets_one_flag_and_nothing_else()
    {
        var image = TinyElf.Build("unused");
        var before = image.ToArray();

        Assert.Equal(1, ElfVersionPatch.MakeOptional(image, TinyElf.Loosened, "unused"));

        before[TinyElf.FlagsOfLoosened] = 2;
        Assert.Equal(before, image);
    }

    [Fact]
    public void Is_idempotent()
    {
        var image = TinyElf.Build("unused");
        ElfVersionPatch.MakeOptional(image, TinyElf.Loosened, "unused");
        Assert.Equal(0, ElfVersionPatch.MakeOptional(image, TinyElf.Loosened, "unused"));
    }

    [Fact]
    public void Leaves_a_library_alone_that_does_not_ask_for_the_version()
    {
        var image = TinyElf.Build("unused");
        var before = image.ToArray();
        Assert.Equal(0, ElfVersionPatch.MakeOptional(image, "LIB_3.0"));
        Assert.Equal(before, image);
    }

    [Fact]
    public void Refuses_when_another_symbol_needs_the_version()
    {
        var image = TinyElf.Build("called");
        var before = image.ToArray();
        var error = Assert.Throws<InvalidDataException>(() => ElfVersionPatch.MakeOptional(image, TinyElf.Loosened, "unused"));
        Assert.Contains("called", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, image);
    }

    [Fact]
    public void Damage_is_an_error_and_not_a_crash()
    {
        var whole = TinyElf.Build("unused");
        for (var length = 0; length < whole.Length; length++)
        {
            var cut = whole[..length];
            Assert.Throws<InvalidDataException>(() => ElfVersionPatch.MakeOptional(cut, TinyElf.Loosened, "unused"));
        }
    }

    [Fact]
    public void Random_damage_is_an_error_or_harmless()
    {
        var random = new Random(1);
        for (var i = 0; i < 2_000; i++)
        {
            var image = TinyElf.Build("unused");
            image[random.Next(6, image.Length)] = (byte)random.Next(256);
            try
            {
                ElfVersionPatch.MakeOptional(image, TinyElf.Loosened, "unused");
            }
            catch (InvalidDataException)
            {
            }
        }
    }

    [Fact]
    public void Finds_the_version_in_the_real_library()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the library is an ELF file on Linux only");
        var image = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", "libLibTorchSharp.so"));
        var before = image.ToArray();

        Assert.Equal(1, ElfVersionPatch.MakeOptional(image, "GLIBCXX_3.4.32", "_ZSt21ios_base_library_initv"));

        var changed = Enumerable.Range(0, image.Length).Where(i => image[i] != before[i]).ToArray();
        Assert.Single(changed);
        Assert.Equal(0, before[changed[0]]);
        Assert.Equal(2, image[changed[0]]);
        Assert.Throws<InvalidDataException>(() => ElfVersionPatch.MakeOptional(before, "GLIBCXX_3.4.21", "_ZSt21ios_base_library_initv"));
    }
}
