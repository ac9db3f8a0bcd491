// Blocks: what fits, what does not, and that no span is larger than a chunk.
using System.Runtime.InteropServices;
using XClassFlow.Data.Tensors;

namespace XClassFlow.Data.Tests.Tensors;

public sealed class TensorBlockTests
{
    [Theory]
    [InlineData(new long[] { }, 4)]
    [InlineData(new long[] { 2, 3 }, 24)]
    [InlineData(new long[] { long.MaxValue, 0, long.MaxValue }, -1)]
    [InlineData(new long[] { 0, 7 }, 0)]
    [InlineData(new long[] { -1 }, -1)]
    [InlineData(new long[] { long.MaxValue }, -1)]
    [InlineData(new long[] { 1L << 31, 1L << 30 }, -1)]
    [InlineData(new long[] { 1L << 30, 1L << 30 }, 1L << 62)]
    public void ByteLengthIsExactOrRefused(long[] shape, long expected)
    {
        Assert.Equal(expected >= 0, ElementType.Float32.TryByteLength(shape, out var length));
        Assert.Equal(Math.Max(0, expected), length);
    }

    [Fact]
    public void EveryTypeHasANameThatParsesBack()
    {
        foreach (var type in Enum.GetValues<ElementType>())
        {
            Assert.True(ElementTypes.TryParse(type.FileName(), out var parsed));
            Assert.Equal(type, parsed);
        }

        Assert.False(ElementTypes.TryParse("F8_E4M3", out _));
    }

    [Fact]
    public void LengthsThatDoNotFitAreRefused()
    {
        Assert.Throws<ArgumentException>(() => new TensorBlock("x", ElementType.Float32, [2], 1, 4));
        Assert.Throws<ArgumentException>(() => new TensorBlock("x", ElementType.Float32, [1], 0, 4));
        Assert.Throws<ArgumentException>(() => TensorBlock.FromArray("x", ElementType.Float32, [1], new double[1]));
        Assert.Throws<ArgumentException>(() => TensorBlock.FromArray("x", ElementType.Float32, [1], new float[2]));
        Assert.Throws<ArgumentException>(() => TensorBlock.FromArray("x", ElementType.Float32, [1], new float[1]).CopyTo(1, 3));
    }

    [Fact]
    public void ABlockOfNoBytesNeedsNoAddress() => Assert.Empty(new TensorBlock("x", ElementType.Int64, [0, 5], 0, 0).ToArray<long>());

    [Fact]
    public unsafe void ABlockBeyond2GiBIsWrittenInChunks()
    {
        // Never touched, so never resident: zero pages.
        var length = (nuint)((1L << 31) + 12345);
        var memory = NativeMemory.AllocZeroed(length);
        try
        {
            var block = new TensorBlock("x", ElementType.UInt8, [(long)length], (nint)memory, (long)length);
            var sink = new CountingStream();
            block.WriteTo(sink);
            Assert.Equal((long)length, sink.Position);
            Assert.True(sink.Largest <= TensorBlock.MaxChunkBytes);
            Assert.Equal(1, block.Chunk((long)length - 1).Length);
            Assert.Equal(0, block.Chunk((long)length).Length);
        }
        finally
        {
            NativeMemory.Free(memory);
        }
    }

    [Fact]
    public void ArraysAreSeenAsTheirBytes()
    {
        var block = TensorBlock.FromArray("x", ElementType.Int32, [2], [1, 256]);
        Assert.Equal(new byte[] { 1, 0, 0, 0, 0, 1, 0, 0 }, block.ToArray<byte>());
        Assert.Equal([1, 256], block.ToArray<int>());
        Assert.Equal(new byte[] { 0, 1, 0, 0 }, block.Chunk(4).ToArray());
    }
}
