// The backbone's SGD is torch.optim.SGD, on flat gradients and without leaks.
using TorchSharp.Modules;
using XClassFlow.Data;
using XClassFlow.Data.DataSets;
using XClassFlow.Stages.Backbones;
using XClassFlow.Stages.Optimizers;
using XClassFlow.Stages.Tests.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Tests.Optimizers;

[Collection(AloneTests.Name)]
public sealed class BackboneSgdTests
{
    private static readonly SampleShape Input = SampleShape.Features(6);

    [Theory]
    [InlineData(0.0, false, 0.0)]
    [InlineData(0.9, false, 0.0)]
    [InlineData(0.9, false, 0.01)]
    [InlineData(0.9, true, 0.01)]
    public void Agrees_with_torch_over_many_steps(double momentum, bool nesterov, double decay)
    {
        using var scope = NewDisposeScope();
        using var backbone = Model();
        using var optimizer = new BackboneSgd(new() { Momentum = momentum, Nesterov = nesterov, WeightDecay = decay }, backbone.Segments);
        var all = backbone.Segments.SelectMany(s => s.Parameters).ToArray();
        var copies = all.Select(p => new Parameter(p.detach().clone())).ToArray();
        using var matrices = optim.SGD(copies.Where(p => p.dim() > 1), 1, momentum, 0, decay, nesterov);
        using var vectors = optim.SGD(copies.Where(p => p.dim() == 1), 1, momentum, 0, 0, nesterov);

        for (var step = 0; step < 60; step++)
        {
            var rate = 0.1 / (1 + step);
            foreach (var group in matrices.ParamGroups.Concat(vectors.ParamGroups))
            {
                group.LearningRate = rate;
            }

            var first = 0;
            foreach (var segment in backbone.Segments)
            {
                using var flat = TestTensors.Normal((ulong)(1000 * step + first), segment.ParameterCount);
                optimizer.Apply(segment, flat, rate);
                long start = 0;
                foreach (var copy in copies.Skip(first).Take(segment.Parameters.Count))
                {
                    copy.grad = flat.narrow(0, start, copy.numel()).view(copy.shape).clone();
                    start += copy.numel();
                }

                first += segment.Parameters.Count;
            }

            matrices.step();
            vectors.step();
        }

        for (var i = 0; i < all.Length; i++)
        {
            TestTensors.Equal(copies[i], all[i]);
        }
    }

    /// <summary>The update is linear in the gradient: momentum of the gradient from outside and momentum of the decay from here are together what whole steps do, in any mix of both.</summary>
    [Theory]
    [InlineData(0.9, false)]
    [InlineData(0.9, true)]
    [InlineData(0.0, false)]
    public void Gradients_that_bring_their_momentum_give_the_same_steps(double momentum, bool nesterov)
    {
        using var scope = NewDisposeScope();
        using var whole = Model();
        using var corrected = Model();
        var settings = new BackboneSgd.Settings { Momentum = momentum, Nesterov = nesterov, WeightDecay = 0.01 };
        using var wholeOptimizer = new BackboneSgd(settings, whole.Segments);
        using var correctedOptimizer = new BackboneSgd(settings, corrected.Segments);
        for (var s = 0; s < whole.Segments.Count; s++)
        {
            var velocity = zeros(whole.Segments[s].ParameterCount);
            for (var step = 0; step < 20; step++)
            {
                var gradient = TestTensors.Normal((ulong)((100 * s) + step), whole.Segments[s].ParameterCount);
                wholeOptimizer.Apply(whole.Segments[s], gradient, 0.1);
                if (step < 5)
                {
                    correctedOptimizer.Apply(corrected.Segments[s], gradient, 0.1);
                    continue;
                }

                velocity.mul_(momentum).add_(gradient);
                correctedOptimizer.ApplyCorrected(corrected.Segments[s], nesterov ? gradient.add(velocity, momentum) : velocity, 0.1);
            }
        }

        foreach (var (a, b) in whole.NamedTensors().Zip(corrected.NamedTensors()))
        {
            TestTensors.Equal(a.Tensor, b.Tensor, 1e-4, 1e-5);
        }
    }

    [Fact]
    public void A_restored_run_goes_on_with_the_same_bits()
    {
        using var scope = NewDisposeScope();
        using var through = Model();
        using var throughOptimizer = new BackboneSgd(new(), through.Segments);
        Steps(through, throughOptimizer, 0, 5);
        var weights = Clone(through.NamedTensors());
        var state = Clone(throughOptimizer.NamedTensors());
        Steps(through, throughOptimizer, 5, 10);

        using var resumed = Model();
        using var resumedOptimizer = new BackboneSgd(new(), resumed.Segments);
        resumed.Load(weights, "test");
        resumedOptimizer.Load(state, "test");
        Steps(resumed, resumedOptimizer, 5, 10);

        foreach (var (a, b) in through.NamedTensors().Zip(resumed.NamedTensors()))
        {
            TestTensors.SameBits(a.Tensor, b.Tensor);
        }
    }

    [Fact]
    public void Names_of_the_state_are_unique_and_none_without_momentum()
    {
        using var backbone = Model();
        using var with = new BackboneSgd(new(), backbone.Segments);
        var names = with.NamedTensors().Select(t => t.Name).ToArray();
        Assert.Equal(backbone.Segments.Sum(s => s.Parameters.Count), names.Distinct().Count());
        using var without = new BackboneSgd(new() { Momentum = 0 }, backbone.Segments);
        Assert.Empty(without.NamedTensors());
    }

    [Fact]
    public void Leaves_no_tensor_behind_and_gives_its_state_back()
    {
        using var backbone = Model();
        var before = Tensor.TotalCount;
        using (var optimizer = new BackboneSgd(new() { Nesterov = true }, backbone.Segments))
        {
            var held = Tensor.TotalCount;
            Assert.Equal(before + optimizer.NamedTensors().Count, held);
            Steps(backbone, optimizer, 0, 10);
            Assert.Equal(held, Tensor.TotalCount);
        }

        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void State_made_inside_a_scope_outlives_it()
    {
        using var backbone = Model();
        BackboneSgd optimizer;
        using (NewDisposeScope())
        {
            optimizer = new(new(), backbone.Segments);
        }

        using (optimizer)
        {
            Steps(backbone, optimizer, 0, 1);
        }
    }

    [Fact]
    public void A_gradient_of_another_length_or_segment_is_refused()
    {
        using var scope = NewDisposeScope();
        using var backbone = Model();
        using var other = Model();
        using var optimizer = new BackboneSgd(new(), backbone.Segments);
        Assert.Throws<ArgumentException>(() => optimizer.Apply(backbone.Segments[0], zeros(3), 1));
        Assert.Throws<ArgumentException>(() => optimizer.Apply(other.Segments[0], zeros(other.Segments[0].ParameterCount), 1));
    }

    [Fact]
    public void Settings_name_path_and_key()
    {
        Check("o.momentum", new() { Momentum = 1 });
        Check("o.momentum", new() { Momentum = double.NaN });
        Check("o.weight-decay", new() { WeightDecay = -1 });
        Check("o.nesterov", new() { Momentum = 0, Nesterov = true });

        static void Check(string where, BackboneSgd.Settings settings) => Assert.Equal(where, Assert.Throws<UserErrorException>(() => settings.Validate("o")).Where);
    }

    private static Backbone Model() => BackboneFactory.Create("mlp", new MlpBackbone.Settings { Hidden = [5], Width = 4 }, Input, 1);

    private static void Steps(Backbone backbone, BackboneSgd optimizer, int from, int to)
    {
        for (var step = from; step < to; step++)
        {
            foreach (var segment in backbone.Segments)
            {
                using var gradient = TestTensors.Normal((ulong)step, segment.ParameterCount);
                optimizer.Apply(segment, gradient, 0.1);
            }
        }
    }

    private static Dictionary<string, Tensor> Clone(IEnumerable<NamedTensor> tensors) => tensors.ToDictionary(t => t.Name, t => t.Tensor.detach().clone());
}
