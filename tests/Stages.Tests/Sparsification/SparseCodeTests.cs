// Codes of sparse gradients: what goes in comes out, near the length that theory gives, and nothing else is accepted.
using FsCheck;
using FsCheck.Fluent;
using XClassFlow.Stages.Sparsification;

namespace XClassFlow.Stages.Tests.Sparsification;

public sealed class SparseCodeTests
{
    /// <summary>n, k, a seed, the precision, and the power of ten of the values.</summary>
    private static readonly Gen<(int Length, int Count, int Seed, ValuePrecision Precision, int Scale)> Cases =
        from length in Gen.OneOf(Gen.Choose(0, 9), Gen.Choose(10, 5_000))
        from percent in Gen.Elements(0, 1, 10, 50, 99, 100)
        from seed in Gen.Choose(0, 1_000_000)
        from precision in Gen.Elements(ValuePrecision.Float32, ValuePrecision.Float16)
        from scale in Gen.Choose(-37, 37)
        select (length, length * percent / 100, seed, precision, scale);

    [Fact]
    public void What_is_encoded_is_decoded()
        => Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Cases.ToArbitrary(), c =>
        {
            var (indices, values) = Sparse(c.Length, c.Count, c.Seed, c.Scale);
            var sent = values.ToArray();
            var code = Encode(c.Length, indices, sent, c.Precision);
            var expected = new float[c.Length];
            foreach (var (index, value) in indices.Zip(sent))
            {
                expected[index] = value;
            }

            var gradient = new float[c.Length];
            SparseCode.AddTo(code, gradient);
            return gradient.SequenceEqual(expected)
                && (c.Precision == ValuePrecision.Float16 || sent.SequenceEqual(values))
                && sent.Zip(values).All(v => Math.Abs(v.First - v.Second) <= Math.Abs(v.Second) / 2048 + (values.Max(Math.Abs) / (1L << 38)) + Math.ScaleB(1, -136));
        }));

    [Fact]
    public void What_half_precision_takes_away_is_itself_a_float()
        => Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Cases.ToArbitrary(), c =>
        {
            var (indices, values) = Sparse(c.Length, c.Count, c.Seed, c.Scale);
            var sent = values.ToArray();
            Encode(c.Length, indices, sent, ValuePrecision.Float16);
            return values.Zip(sent).All(v => (double)v.Second + (v.First - v.Second) == v.First);
        }));

    [Fact]
    public void Infinities_and_nan_arrive_beside_numbers()
    {
        float[] values = [float.NaN, float.PositiveInfinity, -1e30f, float.NegativeInfinity];
        var gradient = new float[9];
        SparseCode.AddTo(Encode(9, [1, 2, 5, 8], values, ValuePrecision.Float16), gradient);
        Assert.Equal([0, float.NaN, float.PositiveInfinity, 0, 0, -1e30f, 0, 0, float.NegativeInfinity], gradient.Select(g => MathF.Abs(g + 1e30f) < 1e27f ? -1e30f : g));
    }

    /// <summary>Within 5 % of the entropy of the indices, and not longer than a bitmap by more than a byte.</summary>
    [Theory]
    [InlineData(0.001)]
    [InlineData(0.004)]
    [InlineData(0.0625)]
    [InlineData(0.25)]
    public void The_index_code_is_near_the_entropy(double share)
    {
        const int length = 1_000_000;
        var random = new Random(3);
        int[] indices = [.. Enumerable.Range(0, length).Where(_ => random.NextDouble() < share)];
        var entropy = length * -((share * Math.Log2(share)) + ((1 - share) * Math.Log2(1 - share))) / 8;
        var (_, bytes) = RiceCode.Measure(indices);
        Assert.InRange(bytes, entropy * 0.97, entropy * 1.05);
        Assert.True(bytes <= (length / 8) + 1);
    }

    [Fact]
    public void Cut_or_longer_codes_are_refused()
    {
        var (indices, values) = Sparse(700, 70, 1, 0);
        foreach (var precision in Enum.GetValues<ValuePrecision>())
        {
            var code = Encode(700, indices, values, precision);
            Assert.All(Enumerable.Range(0, code.Length), n => Assert.Throws<FormatException>(() => SparseCode.AddTo(code.AsSpan(0, n), new float[700])));
            Assert.Throws<FormatException>(() => SparseCode.AddTo([.. code, 0], new float[700]));
            Assert.Throws<FormatException>(() => SparseCode.AddTo(code, new float[699]));
        }
    }

    /// <summary>Whatever bytes come: a code of the right length and kind is decoded, everything else is a FormatException; nothing is written elsewhere.</summary>
    [Fact]
    public void Damaged_codes_are_refused_or_decoded_and_nothing_else()
    {
        var random = new Random(8);
        var refused = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var length = random.Next(0, 300);
            var (indices, values) = Sparse(length, random.Next(0, length + 1), i, 0);
            var code = Encode(length, indices, values, (ValuePrecision)random.Next(2));
            for (var damage = random.Next(1, 4); damage > 0; damage--)
            {
                code[random.Next(random.Next(2) == 0 ? Math.Min(code.Length, 16) : code.Length)] = (byte)random.Next(256);
            }

            try
            {
                SparseCode.AddTo(code, new float[length]);
            }
            catch (FormatException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 10_000, 20_000);
    }

    private static byte[] Encode(int length, int[] indices, float[] values, ValuePrecision precision)
    {
        byte[] code = [];
        SparseCode.Encode(length, indices, values, precision, bytes => code = new byte[bytes]);
        return code;
    }

    private static (int[] Indices, float[] Values) Sparse(int length, int count, int seed, int scale)
    {
        var random = new Random(seed);
        int[] indices = [.. Enumerable.Range(0, length)];
        random.Shuffle(indices);
        return ([.. indices.Take(count).Order()], [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() - 0.5f) * MathF.Pow(10, scale - random.Next(3)))]);
    }
}
