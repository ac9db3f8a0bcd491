// LARS, AdamW and LAMB: their formulas in float64, libtorch's AdamW, resumption, and no leaks.
using TorchSharp.Modules;
using XClassFlow.Data;
using XClassFlow.Data.DataSets;
using XClassFlow.Stages.Backbones;
using XClassFlow.Stages.Optimizers;
using XClassFlow.Stages.Tests.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Tests.Optimizers;

[Collection(AloneTests.Name)]
public sealed class LargeBatchOptimizerTests
{
    private static readonly SampleShape Input = SampleShape.Features(6);

    public static TheoryData<string> Types => ["lars", "adamw", "lamb"];

    [Fact]
    public void AdamW_agrees_with_torch_over_many_steps()
    {
        using var scope = NewDisposeScope();
        using var backbone = Model();
        using var optimizer = new BackboneAdamW(new() { WeightDecay = 0.1 }, backbone.Segments);
        var all = backbone.Segments.SelectMany(s => s.Parameters).ToArray();
        var copies = all.Select(p => new Parameter(p.detach().clone())).ToArray();
        using var matrices = optim.AdamW(copies.Where(p => p.dim() > 1), 1, weight_decay: 0.1);
        using var vectors = optim.AdamW(copies.Where(p => p.dim() == 1), 1, weight_decay: 0);
        for (var step = 0; step < 40; step++)
        {
            var rate = 0.01 / (1 + step);
            foreach (var group in matrices.ParamGroups.Concat(vectors.ParamGroups))
            {
                group.LearningRate = rate;
            }

            var parameter = 0;
            Each(backbone, step, (segment, flat) =>
            {
                optimizer.Apply(segment, flat, rate);
                long start = 0;
                foreach (var copy in copies.Skip(parameter).Take(segment.Parameters.Count))
                {
                    copy.grad = flat.narrow(0, start, copy.numel()).view(copy.shape).clone();
                    start += copy.numel();
                }

                parameter += segment.Parameters.Count;
            });
            matrices.step();
            vectors.step();
        }

        for (var i = 0; i < all.Length; i++)
        {
            TestTensors.Equal(copies[i], all[i], 1e-4, 1e-5);
        }
    }

    [Theory]
    [InlineData("lars")]
    [InlineData("lamb")]
    public void The_formulas_in_float64(string type)
    {
        using var scope = NewDisposeScope();
        using var backbone = Model();
        using var optimizer = Create(type, backbone);
        var parameters = backbone.Segments.SelectMany(s => s.Parameters).ToArray();
        var w = parameters.Select(p => p.detach().to(ScalarType.Float64).clone()).ToArray();
        var (m, v) = (w.Select(t => zeros_like(t)).ToArray(), w.Select(t => zeros_like(t)).ToArray());
        for (var step = 0; step < 30; step++)
        {
            var rate = 0.5 / (1 + step);
            var i = 0;
            Each(backbone, step, (segment, flat) =>
            {
                optimizer.Apply(segment, flat, rate);
                long start = 0;
                for (var end = i + segment.Parameters.Count; i < end; i++)
                {
                    var g = flat.narrow(0, start, w[i].numel()).view(w[i].shape).to(ScalarType.Float64);
                    start += w[i].numel();
                    Reference(type, w[i], g, m[i], v[i], rate, step + 1);
                }
            });
        }

        for (var i = 0; i < w.Length; i++)
        {
            TestTensors.Equal(w[i].to(ScalarType.Float32), parameters[i].detach(), 1e-4, 1e-5);
        }

        Assert.Equal(parameters.Count(p => p.dim() > 1), optimizer.TrustRatios()!.Length);
        Assert.All(optimizer.TrustRatios()!, r => Assert.True(r > 0));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void A_restored_run_goes_on_with_the_same_bits(string type)
    {
        using var scope = NewDisposeScope();
        using var through = Model();
        using var optimizer = Create(type, through);
        Steps(through, optimizer, 0, 5);
        var weights = Clone(through.NamedTensors());
        var state = Clone(optimizer.NamedTensors());
        Steps(through, optimizer, 5, 10);

        using var resumed = Model();
        using var resumedOptimizer = Create(type, resumed);
        resumed.Load(weights, "test");
        resumedOptimizer.Load(state, "test");
        Steps(resumed, resumedOptimizer, 5, 10);
        foreach (var (a, b) in through.NamedTensors().Zip(resumed.NamedTensors()))
        {
            TestTensors.SameBits(a.Tensor, b.Tensor);
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Leaves_no_tensor_behind_and_names_its_state(string type)
    {
        using var backbone = Model();
        var before = Tensor.TotalCount;
        using (var optimizer = Create(type, backbone))
        {
            var held = Tensor.TotalCount;
            var names = optimizer.NamedTensors().Select(t => t.Name).ToArray();
            Assert.Equal(before + names.Length, held);
            Assert.Equal(names.Length, names.Distinct().Count());
            Steps(backbone, optimizer, 0, 5);
            Assert.Equal(held, Tensor.TotalCount);
        }

        Assert.Equal(before, Tensor.TotalCount);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void A_gradient_of_another_length_or_segment_is_refused(string type)
    {
        using var scope = NewDisposeScope();
        using var backbone = Model();
        using var other = Model();
        using var optimizer = Create(type, backbone);
        Assert.Throws<ArgumentException>(() => optimizer.Apply(backbone.Segments[0], zeros(3), 1));
        Assert.Throws<ArgumentException>(() => optimizer.Apply(other.Segments[0], zeros(other.Segments[0].ParameterCount), 1));
    }

    [Fact]
    public void Settings_name_path_and_key()
    {
        static void Check(string where, Action<string> validate) => Assert.Equal(where, Assert.Throws<UserErrorException>(() => validate("o")).Where);
        Check("o.trust", new BackboneLars.Settings { Trust = 0 }.Validate);
        Check("o.momentum", new BackboneLars.Settings { Momentum = 1 }.Validate);
        Check("o.epsilon", new BackboneLars.Settings { Epsilon = -1 }.Validate);
        Check("o.beta1", new BackboneAdamW.Settings { Beta1 = 1 }.Validate);
        Check("o.beta2", new BackboneLamb.Settings { Beta2 = double.NaN }.Validate);
        Check("o.largest-norm", new BackboneLamb.Settings { LargestNorm = 0 }.Validate);
    }

    private static void Reference(string type, Tensor w, Tensor g, Tensor m, Tensor v, double rate, int step)
    {
        double Norm(Tensor t) => Math.Sqrt(t.pow(2).sum().item<double>());
        var layer = w.dim() > 1;
        if (type == "lars")
        {
            var r = layer ? 0.02 * Norm(w) / (Norm(g) + (0.1 * Norm(w)) + 1e-9) : 1;
            m.mul_(0.9).add_(g.mul(r)).add_(layer ? w.mul(0.1 * r) : zeros_like(w));
            w.sub_(m.mul(rate));
            return;
        }

        m.mul_(0.9).add_(g.mul(0.1));
        v.mul_(0.999).add_(g.pow(2).mul(0.001));
        var d = m.div(1 - Math.Pow(0.9, step)).div(v.div(1 - Math.Pow(0.999, step)).sqrt().add(1e-8));
        d = layer ? d.add(w.mul(0.1)) : d;
        w.sub_(d.mul(layer ? rate * Math.Min(Norm(w), 10) / Norm(d) : rate));
    }

    private static IBackboneOptimizer Create(string type, Backbone backbone) => type switch
    {
        "lars" => new BackboneLars(new() { Trust = 0.02, WeightDecay = 0.1 }, backbone.Segments),
        "adamw" => new BackboneAdamW(new() { WeightDecay = 0.1 }, backbone.Segments),
        _ => new BackboneLamb(new() { WeightDecay = 0.1 }, backbone.Segments),
    };

    private static void Steps(Backbone backbone, IBackboneOptimizer optimizer, int from, int to)
    {
        for (var step = from; step < to; step++)
        {
            Each(backbone, step, (segment, flat) => optimizer.Apply(segment, flat, 0.1));
        }
    }

    private static void Each(Backbone backbone, int step, Action<Segment, Tensor> apply)
    {
        for (var i = 0; i < backbone.Segments.Count; i++)
        {
            using var flat = TestTensors.Normal((ulong)((100 * step) + i), backbone.Segments[i].ParameterCount);
            apply(backbone.Segments[i], flat);
        }
    }

    private static Dictionary<string, Tensor> Clone(IEnumerable<NamedTensor> tensors) => tensors.ToDictionary(t => t.Name, t => t.Tensor.detach().clone());

    private static Backbone Model() => BackboneFactory.Create("mlp", new MlpBackbone.Settings { Hidden = [5], Width = 4 }, Input, 1);
}
