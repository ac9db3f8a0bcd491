// Large pages for memory that is lent: asked for once, and nothing that is written there changes.
using System.Runtime.InteropServices;
using XClassFlow.Cluster.Lane.Wire;

namespace XClassFlow.Cluster.Tests.Lane;

public sealed unsafe class GatheredPagesTests
{
    private const nuint LargePage = 2 << 20;

    [Fact]
    public void What_is_lent_again_is_not_asked_for_again_and_keeps_its_bytes()
    {
        var pages = new GatheredPages();
        Assert.SkipUnless(OperatingSystem.IsLinux(), "large pages are asked for on Linux only");
        const int Bytes = 8 << 20;
        var memory = (byte*)NativeMemory.AlignedAlloc(Bytes, LargePage);
        try
        {
            var all = new Span<byte>(memory, Bytes);
            new Random(1).NextBytes(all);
            var before = all.ToArray();

            // From the middle of the second page to the middle of the third.
            Assert.Equal(2, pages.Gather((nint)(memory + LargePage + (LargePage / 2)), (long)LargePage));
            Assert.Equal(0, pages.Gather((nint)(memory + LargePage), (long)(2 * LargePage)));
            Assert.Equal(2, pages.Gather((nint)memory, Bytes));
            Assert.True(all.SequenceEqual(before));
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }

    [Fact]
    public void Little_is_not_worth_it()
    {
        var pages = new GatheredPages();
        var memory = (byte*)NativeMemory.AlignedAlloc(4 << 20, LargePage);
        Assert.Equal(0, pages.Gather((nint)memory, 255 << 10));
        NativeMemory.AlignedFree(memory);
    }
}
