// The selection is the one of a stable sort by magnitude, whatever the values, the sizes and the number of threads.
using FsCheck;
using FsCheck.Fluent;
using XClassFlow.Stages.Sparsification;

namespace XClassFlow.Stages.Tests.Sparsification;

public sealed unsafe class TopMagnitudesTests
{
    private static readonly float[] Odd = [0f, -0f, float.NaN, -float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.Epsilon, -float.Epsilon, float.MaxValue, 1f, -1f];

    /// <summary>Values with ties, zeros, infinities and NaN among them; k; threads.</summary>
    private static readonly Gen<(float[] Values, int K, int Threads)> Cases =
        from length in Gen.OneOf(Gen.Choose(1, 40), Gen.Choose(41, 3_000), Gen.Choose(130_000, 300_000))
        from kind in Gen.Choose(0, 4)
        from seed in Gen.Choose(0, 1_000_000)
        from share in Gen.Elements(0.0, 0.001, 0.01, 0.1, 0.5, 1.0)
        from threads in Gen.Choose(1, 3)
        select (Values(length, kind, seed), Math.Clamp((int)(share * length), 1, length), threads);

    [Fact]
    public void Equals_a_stable_sort_by_magnitude()
        => Check.One(Config.QuickThrowOnFailure.WithMaxTest(150), Prop.ForAll(Cases.ToArbitrary(), c =>
            Selected(c.Values, c.K, c.Threads).SequenceEqual(Oracle(c.Values, c.K)).Label($"{c.Values.Length} values, k {c.K}, {c.Threads} threads")));

    [Fact]
    public void The_vector_kernel_finds_what_the_loop_finds()
        => Check.One(Config.QuickThrowOnFailure.WithMaxTest(200), Prop.ForAll(Cases.ToArbitrary(), c =>
        {
            var key = Math.Max(1, Magnitude.KeyOf(c.Values[c.K - 1]));
            var (from, to) = (c.K % 7 % c.Values.Length, c.Values.Length);
            fixed (float* values = c.Values)
            {
                var expected = new int[c.K];
                var actual = new int[c.K];
                var count = KeyScan.FindScalar(values, from, to, key, expected);
                return KeyScan.Find(values, from, to, key, actual) == count && (count < 0 || actual.SequenceEqual(expected));
            }
        }));

    /// <summary>Sorted values: the sample sees them all alike; the large ones in one place: it misses them or sees too many.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_sample_that_misleads_costs_passes_and_not_the_result(int kind)
    {
        var random = new Random(kind);
        var values = Enumerable.Range(0, 400_000).Select(i => kind switch
        {
            0 => (float)i,
            1 => i % 97 == 0 && i / 16 % 6 == 5 ? 10 + random.NextSingle() : random.NextSingle(),
            _ => i is > 200_000 and < 200_500 ? 1000f + i : 1e-30f * i,
        }).ToArray();
        Assert.Equal(Oracle(values, 400), Selected(values, 400, 2));
    }

    [Fact]
    public void A_small_share_of_plain_values_takes_one_pass_and_equal_values_take_more()
    {
        var random = new Random(4);
        var values = Enumerable.Range(0, 1_000_000).Select(_ => random.NextSingle() - 0.5f).ToArray();
        var top = new TopMagnitudes(2);
        Select(top, values, 1000);
        Assert.Equal(1, top.Passes);
        Array.Fill(values, 0.25f);
        Assert.Equal(Enumerable.Range(0, 1000), Select(top, values, 1000));
        Assert.Equal(3, top.Passes);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    public void Another_k_than_from_1_to_all_is_refused(int k)
        => Assert.Throws<ArgumentOutOfRangeException>(() => Selected([1, 2, 3, 4, 5], k, 1));

    private static float[] Values(int length, int kind, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(i => kind switch
        {
            0 => random.NextSingle() - 0.5f,
            1 => (random.NextSingle() - 0.5f) * MathF.Pow(10, random.Next(-30, 30)),
            2 => random.Next(-3, 4),
            3 => Odd[random.Next(Odd.Length)],
            _ => random.Next(50) == 0 ? Odd[random.Next(Odd.Length)] : BitConverter.Int32BitsToSingle(random.Next()),
        })];
    }

    private static int[] Oracle(float[] values, int k)
        => [.. Enumerable.Range(0, values.Length).OrderByDescending(i => Magnitude.KeyOf(values[i])).Take(k).Order()];

    private static int[] Selected(float[] values, int k, int threads) => Select(new TopMagnitudes(threads), values, k);

    private static int[] Select(TopMagnitudes top, float[] values, int k)
    {
        var selected = new int[k];
        fixed (float* p = values)
        {
            top.Select(p, values.Length, k, selected);
        }

        return selected;
    }
}
