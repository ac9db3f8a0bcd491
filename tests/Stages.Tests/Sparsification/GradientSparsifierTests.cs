// Error feedback loses nothing, a ratio of 1 is momentum SGD, and a restored sparsifier goes on with the same bits.
using FsCheck;
using FsCheck.Fluent;
using XClassFlow.Stages.Sparsification;
using XClassFlow.Stages.Tests.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Tests.Sparsification;

[Collection(AloneTests.Name)]
public sealed unsafe class GradientSparsifierTests
{
    private static readonly Gen<(int Length, double Ratio, double Momentum, bool Nesterov, ValuePrecision Values, int Seed)> Cases =
        from length in Gen.OneOf(Gen.Choose(1, 40), Gen.Choose(1000, 4000))
        from ratio in Gen.Elements(0.001, 0.05, 0.3, 1)
        from momentum in Gen.Elements(0, 0.9)
        from nesterov in Gen.Elements(false, true)
        from values in Gen.Elements(ValuePrecision.Float32, ValuePrecision.Float16)
        from seed in Gen.Choose(0, 100_000)
        select (length, ratio, momentum, nesterov && momentum > 0, values, seed);

    /// <summary>What came in (gradients without momentum) is what was sent and what waits, up to the rounding of the sums.</summary>
    [Fact]
    public void The_sum_of_gradients_is_what_was_sent_and_the_residual()
        => Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), Prop.ForAll(Cases.ToArbitrary(), c =>
        {
            using var scope = NewDisposeScope();
            using var sparsifier = Create(c.Ratio, 0, values: c.Values);
            var (given, sent) = (new double[c.Length], new double[c.Length]);
            for (var step = 0; step < 12; step++)
            {
                var gradient = TestTensors.Normal((ulong)(c.Seed + step), c.Length);
                Add(given, gradient);
                Add(sent, SparseGradients.Merge([sparsifier.Compress(0, gradient, c.Ratio)], c.Length));
            }

            Add(sent, sparsifier.NamedTensors()[0].Tensor);
            return given.Zip(sent).All(p => Math.Abs(p.First - p.Second) < 1e-5);
        }));

    /// <summary>One step takes exactly what it sends out of the residual: nothing is lost to rounding.</summary>
    [Fact]
    public void A_step_takes_out_of_the_residual_just_what_it_sends()
        => Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), Prop.ForAll(Cases.ToArbitrary(), c =>
        {
            using var scope = NewDisposeScope();
            using var sparsifier = Create(c.Ratio, c.Momentum, c.Nesterov, c.Values);
            using var whole = Create(c.Ratio, c.Momentum, c.Nesterov, c.Values);
            var exact = true;
            for (var step = 0; step < 4; step++)
            {
                var gradient = TestTensors.Normal((ulong)(c.Seed + step), c.Length);
                whole.Load(sparsifier.NamedTensors().ToDictionary(t => t.Name, t => t.Tensor));
                var owed = whole.Flush(0, gradient);
                var sent = SparseGradients.Merge([sparsifier.Compress(0, gradient, c.Ratio)], c.Length);
                var left = sparsifier.NamedTensors()[0].Tensor;
                exact &= owed.to(ScalarType.Float64).eq(sent.to(ScalarType.Float64).add(left.to(ScalarType.Float64))).all().item<bool>();
            }

            return exact;
        }));

    /// <summary>
    /// Far beyond the 65,504 of a half, and so different in size that a half of the largest one's scale holds nothing of the smallest: no step sends an infinity, each takes out just what it
    /// sends, and with nothing new all of it has gone after a few steps.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(0.3)]
    public void Halves_neither_overflow_nor_lose_what_is_too_small_for_them(double ratio)
    {
        using var scope = NewDisposeScope();
        using var sparsifier = Create(ratio, 0);
        float[] values = [1e30f, -7e4f, 65_504f, 65_520f, -1e-3f, 3, 1e-20f, -1.2345678e9f, 0, 1];
        var left = values;
        for (var step = 0; step < 40; step++)
        {
            var sent = SparseGradients.Merge([sparsifier.Compress(0, step == 0 ? tensor(values) : zeros(values.Length), ratio)], values.Length).data<float>().ToArray();
            var residual = State(sparsifier, "residual.0");
            Assert.All(sent, v => Assert.True(float.IsFinite(v)));
            Assert.Equal(left.Select(v => (double)v), sent.Zip(residual, (s, r) => (double)s + r));
            left = residual;
        }

        Assert.All(left, v => Assert.Equal(0, v));
    }

    /// <summary>At ratio 1 and 4 bytes a value, what one rank sends is the velocity of SGD with momentum, bit by bit; of several ranks the sum of velocities is rounded in another order.</summary>
    [Theory]
    [InlineData(1, 0.9, false)]
    [InlineData(1, 0.9, true)]
    [InlineData(1, 0, false)]
    [InlineData(2, 0.9, false)]
    [InlineData(4, 0.9, true)]
    public void At_ratio_1_it_is_momentum_sgd(int ranks, double momentum, bool nesterov)
    {
        const int length = 5_000;
        using var scope = NewDisposeScope();
        var sparsifiers = Enumerable.Range(0, ranks).Select(_ => Create(1, momentum, nesterov, ValuePrecision.Float32)).ToArray();
        var velocity = zeros(length);
        for (var step = 0; step < 30; step++)
        {
            var gradients = Enumerable.Range(0, ranks).Select(r => TestTensors.Normal((ulong)((100 * step) + r), length)).ToArray();
            var sum = gradients.Skip(1).Aggregate(gradients[0].clone(), (s, g) => s.add_(g));
            velocity.mul_(momentum).add_(sum);
            var expected = nesterov ? sum.add(velocity, momentum) : velocity;
            var actual = SparseGradients.Merge([.. sparsifiers.Zip(gradients, (s, g) => s.Compress(3, g, 1))], length);
            if (ranks == 1 && !nesterov)
            {
                TestTensors.SameBits(expected, actual);
            }
            else
            {
                TestTensors.Equal(expected, actual, 1e-5, 1e-5);
            }
        }

        Array.ForEach(sparsifiers, s => s.Dispose());
    }

    [Fact]
    public void Momentum_of_sent_values_is_masked_and_that_of_others_is_not()
    {
        using var scope = NewDisposeScope();
        using var sparsifier = Create(0.25, 0.5, values: ValuePrecision.Float32);
        using var unmasked = new GradientSparsifier(new SparsifierSettings(MomentumMasking: false, Values: ValuePrecision.Float32, DenseBelow: 0), 0.5, false, 1, 1);
        var gradient = tensor(new float[] { 1, -8, 2, 4 });
        foreach (var s in new[] { sparsifier, unmasked })
        {
            Assert.Equal([0, -8, 0, 0], SparseGradients.Merge([s.Compress(0, gradient, 0.25)], 4).data<float>().ToArray());
        }

        Assert.Equal([1, 0, 2, 4], State(sparsifier, "velocity.0"));
        Assert.Equal([1, 0, 2, 4], State(sparsifier, "residual.0"));
        Assert.Equal([1, -8, 2, 4], State(unmasked, "velocity.0"));

        // 4 + (4 / 2 + 4) is the largest now.
        Assert.Equal([0, 0, 0, 10], SparseGradients.Merge([sparsifier.Compress(0, gradient, 0.25)], 4).data<float>().ToArray());
        Assert.Equal([1.5f, -8, 3, 0], State(sparsifier, "velocity.0"));
    }

    [Fact]
    public void A_rank_clips_to_its_share_of_the_norm()
    {
        using var scope = NewDisposeScope();
        using var sparsifier = new GradientSparsifier(new SparsifierSettings(ClipNorm: 10, Values: ValuePrecision.Float32, DenseBelow: 9), 0, false, 4, 1);
        Assert.Equal([3, -4], SparseGradients.Merge([sparsifier.Compress(0, tensor(new float[] { 6, -8 }), 1)], 2).data<float>().ToArray());
        Assert.Equal([3, -4], SparseGradients.Merge([sparsifier.Compress(2, tensor(new float[] { 6e20f, -8e20f }), 1)], 2).data<float>().ToArray(), (a, b) => MathF.Abs(a - b) < 1e-5f);
        Assert.Equal([0.3f, -0.4f], SparseGradients.Merge([sparsifier.Compress(1, tensor(new float[] { 0.3f, -0.4f }), 1)], 2).data<float>().ToArray());
    }

    [Fact]
    public void A_gradient_that_is_no_number_is_sent_and_does_not_stay()
    {
        using var scope = NewDisposeScope();
        using var sparsifier = Create(0.5, 0);
        var merged = SparseGradients.Merge([sparsifier.Compress(0, tensor(new float[] { 1, float.NaN, float.PositiveInfinity, 2 }), 0.5)], 4).data<float>().ToArray();
        Assert.Equal([0, float.NaN, float.PositiveInfinity, 0], merged);
        Assert.Equal([1, 0, 0, 2], State(sparsifier, "residual.0"));
    }

    [Fact]
    public void Threads_do_not_change_a_bit()
    {
        using var scope = NewDisposeScope();
        using var one = new GradientSparsifier(new SparsifierSettings(), 0.9, true, 1, 1);
        using var three = new GradientSparsifier(new SparsifierSettings(), 0.9, true, 1, 3);
        for (var step = 0UL; step < 4; step++)
        {
            var gradient = TestTensors.Normal(step, 300_001);
            TestTensors.SameBits(one.Compress(0, gradient, 0.003), three.Compress(0, gradient, 0.003));
        }

        foreach (var (a, b) in one.NamedTensors().Zip(three.NamedTensors()))
        {
            TestTensors.SameBits(a.Tensor, b.Tensor);
        }
    }

    [Fact]
    public void Vectors_do_not_change_a_bit()
    {
        var random = new Random(2);
        float[] Values() => [.. Enumerable.Range(0, 1003).Select(_ => random.NextSingle() - 0.5f)];
        foreach (var correction in new MomentumCorrection[] { new(0, false), new(0.9f, false), new(0.9f, true) })
        {
            var (g, u, v) = (Values(), Values(), Values());
            var (u2, v2) = (u.ToArray(), v.ToArray());
            fixed (float* gp = g, up = u, vp = v, u2p = u2, v2p = v2)
            {
                correction.Accumulate(gp, up, vp, 3, 1001, 0.7f);
                correction.AccumulateScalar(gp, u2p, v2p, 3, 1001, 0.7f);
            }

            Assert.Equal(u2, u);
            Assert.Equal(v2, v);
        }
    }

    [Fact]
    public void A_restored_sparsifier_goes_on_with_the_same_bits()
    {
        using var scope = NewDisposeScope();
        using var through = Create(0.01, 0.9);
        using var resumed = Create(0.01, 0.9);
        Assert.Equal(10, Compress(through, 0, 5).Count());
        resumed.Load(through.NamedTensors().ToDictionary(t => t.Name, t => t.Tensor.clone()));
        foreach (var (a, b) in Compress(through, 5, 9).Zip(Compress(resumed, 5, 9)))
        {
            TestTensors.SameBits(a, b);
        }

        static IEnumerable<Tensor> Compress(GradientSparsifier sparsifier, int from, int to)
        {
            for (var step = from; step < to; step++)
            {
                yield return sparsifier.Compress(2, TestTensors.Normal((ulong)step, 2000), 0.01);
                yield return sparsifier.Compress(11, TestTensors.Normal((ulong)step, 300), 0.01);
            }
        }
    }

    [Fact]
    public void Leaves_no_tensor_behind()
    {
        using var gradient = TestTensors.Normal(1, 3000);
        var before = Tensor.TotalCount;
        using (var sparsifier = new GradientSparsifier(new SparsifierSettings(ClipNorm: 1), 0.9, false, 2, 1))
        {
            for (var step = 0; step < 5; step++)
            {
                using var code = sparsifier.Compress(0, gradient, 0.01);
                using var merged = SparseGradients.Merge([code, code], 3000);
                using var flushed = sparsifier.Flush(0, gradient);
            }

            Assert.Equal(before + 2, Tensor.TotalCount);
        }

        Assert.Equal(before, Tensor.TotalCount);
    }

    private static GradientSparsifier Create(double ratio, double momentum, bool nesterov = false, ValuePrecision values = ValuePrecision.Float16)
        => new(new SparsifierSettings(Ratio: ratio, Values: values, DenseBelow: 0), momentum, nesterov, 1, 1);

    private static float[] State(GradientSparsifier sparsifier, string name) => sparsifier.NamedTensors().Single(t => t.Name == name).Tensor.data<float>().ToArray();

    private static void Add(double[] sum, Tensor values)
    {
        var read = values.data<float>().ToArray();
        for (var i = 0; i < sum.Length; i++)
        {
            sum[i] += read[i];
        }
    }
}
