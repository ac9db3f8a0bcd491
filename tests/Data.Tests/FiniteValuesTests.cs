// NaN and infinity are found wherever they stand, and nothing else is.
using System.Runtime.InteropServices;
using XClassFlow.Data.Tensors;

namespace XClassFlow.Data.Tests;

public sealed class FiniteValuesTests
{
    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void EveryPlaceOfEveryType(float odd)
    {
        for (var length = 1; length < 40; length++)
        {
            for (var at = 0; at < length; at++)
            {
                float[] values = [.. Enumerable.Range(0, length).Select(i => i == at ? odd : i % 2 == 0 ? float.MaxValue : -float.Epsilon)];
                Assert.Equal(at, First(values, ElementType.Float32));
                Assert.Equal(at, First(values.Select(v => (double)v).ToArray(), ElementType.Float64));
                Assert.Equal(at, First(values.Select((v, i) => i == at ? (Half)v : Half.MinValue).ToArray(), ElementType.Float16));
                Assert.Equal(at, First(values.Select(v => (ushort)(BitConverter.SingleToUInt32Bits(v == float.MaxValue ? 1e38f : v) >> 16)).ToArray(), ElementType.BFloat16));
            }
        }
    }

    [Fact]
    public void NumbersAndIntegersAreNone()
    {
        Assert.Equal(-1, First([.. Enumerable.Range(0, 1000).Select(i => (i - 500) * 6e35f)], ElementType.Float32));
        Assert.Equal(-1, First(Enumerable.Repeat(-1, 100).ToArray(), ElementType.Int32));
        Assert.Equal(-1, First(Array.Empty<float>(), ElementType.Float32));
    }

    private static int First<T>(T[] values, ElementType type)
        where T : unmanaged => FiniteValues.FirstNotIn(MemoryMarshal.AsBytes(values.AsSpan()), type);
}
