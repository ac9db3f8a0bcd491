// Stochastic rounding: one of the two neighbours, right on average, and a function of its key alone.
using FsCheck;
using FsCheck.Fluent;
using XClassFlow.Stages.Head.Rows;

namespace XClassFlow.Stages.Tests.Head.Rows;

public sealed unsafe class StochasticRoundingTests
{
    [Fact]
    public void AValueBecomesOneOfItsNeighbours()
    {
        var values = ArbMap.Default.GeneratorFor<int>().Select(BitConverter.Int32BitsToSingle).Where(v => float.IsFinite(v) && MathF.Abs(v) < 1e38f);
        Check.QuickThrowOnFailure(Prop.ForAll(values.ToArbitrary(), value =>
        {
            var below = Widened((ushort)(BitConverter.SingleToUInt32Bits(value) >> 16));
            var above = Widened((ushort)((BitConverter.SingleToUInt32Bits(value) >> 16) + 1));
            for (var step = 0UL; step < 20; step++)
            {
                var rounded = Round(value, RoundingKey.Of(step, 7));
                Assert.True(rounded == value || rounded == above || (rounded == below && below != value), $"{value} became {rounded}");
            }

            return true;
        }));
    }

    [Theory]
    [InlineData(1.001f)]
    [InlineData(-0.0173f)]
    [InlineData(3.14159f)]
    [InlineData(1.0000001f)]
    public void ItIsRightOnAverage(float value)
    {
        const int Draws = 200_000;
        var below = Widened((ushort)(BitConverter.SingleToUInt32Bits(value) >> 16));
        var above = Widened((ushort)((BitConverter.SingleToUInt32Bits(value) >> 16) + 1));
        var p = (value - (double)below) / (above - (double)below);
        var ups = 0;
        var row = stackalloc ushort[10];
        for (var step = 0; step < Draws / 100; step++)
        {
            // Over steps, classes and elements: none of them may be worse than the others.
            for (var c = 0; c < 10; c++)
            {
                for (var d = 0; d < 10; d++)
                {
                    BFloat16Element.StoreOne((byte*)row, d, value, RoundingKey.Of((ulong)step, c));
                    ups += Widened(row[d]) == above ? 1 : 0;
                }
            }
        }

        // Five standard deviations of a binomial, and the granularity of 16 random bits.
        Assert.InRange((double)ups / Draws, p - Bound(p) - 2e-5, p + Bound(p) + 2e-5);
        static double Bound(double p) => 5 * Math.Sqrt(p * (1 - p) / Draws);
    }

    [Fact]
    public void ValuesOfTheTypeStayAndNumbersThatAreNoneStayNone()
    {
        for (var bits = 0; bits <= ushort.MaxValue; bits++)
        {
            var value = Widened((ushort)bits);
            var rounded = Round(value, RoundingKey.Of((ulong)bits, 1));
            Assert.True(rounded.Equals(value), $"{value} became {rounded}");
        }

        Assert.True(float.IsNaN(Round(BitConverter.UInt32BitsToSingle(0x7FFFFFFF), RoundingKey.Of(0, 0))));
        Assert.True(float.IsNaN(Round(BitConverter.UInt32BitsToSingle(0x7F800001), RoundingKey.Of(0, 0))));
    }

    [Fact]
    public void KeysOfStepsClassesAndElementsDraw()
    {
        var draws = new HashSet<(uint, uint)>();
        for (var step = 0UL; step < 50; step++)
        {
            for (var c = 0; c < 50; c++)
            {
                var key = RoundingKey.Of(step, c);
                Assert.Equal(key, RoundingKey.Of(step, c));
                draws.Add((key.First, key.Second));
                for (var d = 0; d < 8; d++)
                {
                    Assert.Equal(key.NextOne(8 + d), key.Next(8)[d]);
                }
            }
        }

        Assert.Equal(2500, draws.Count);
    }

    private static float Widened(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    private static float Round(float value, RoundingKey key)
    {
        ushort stored;
        BFloat16Element.StoreOne((byte*)&stored, 0, value, key);
        return Widened(stored);
    }
}
