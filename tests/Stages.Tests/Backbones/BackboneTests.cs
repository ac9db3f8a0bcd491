// What every backbone keeps: segment-wise gradients, shapes, determinism, checkpoints.
using XClassFlow.Data;
using XClassFlow.Data.DataSets;
using XClassFlow.Stages.Backbones;
using XClassFlow.Stages.Backbones.Layers;
using XClassFlow.Stages.Tests.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Tests.Backbones;

[Collection(AloneTests.Name)]
public sealed class BackboneTests
{
    private static readonly SampleShape Glyph = SampleShape.Image(28, 28, 1);

    /// <summary>Type, settings, shape: every backbone in small, with every norm and activation somewhere.</summary>
    public static TheoryData<string, IBackboneSettings, SampleShape> Small => new()
    {
        { "identity", new IdentityBackbone.Settings(), SampleShape.Features(7) },
        { "mlp", new MlpBackbone.Settings { Width = 5, Hidden = [16, 8], Activation = ActivationKind.Gelu }, SampleShape.Features(12) },
        { "mlp", new MlpBackbone.Settings { Width = 5, Hidden = [16], Norm = NormKind.Group, Activation = ActivationKind.Prelu }, SampleShape.Image(6, 5, 1) },
        { "mlp", new MlpBackbone.Settings { Width = 5, Hidden = [] }, SampleShape.Features(12) },
        { "convnet", new ConvNetBackbone.Settings { Width = 6, Channels = [4, 8, 8], Strides = [2, 1, 2] }, Glyph },
        { "convnet", new ConvNetBackbone.Settings { Width = 6, Channels = [4, 8], Strides = [1, 2], Norm = NormKind.None, EmbeddingNorm = NormKind.Group, Groups = 2, Activation = ActivationKind.LeakyRelu }, SampleShape.Image(9, 13, 3) },
        { "resnet18", new ResNetBackbone.Settings { Width = 6, Channels = 4, Stem = StemKind.Small, Activation = ActivationKind.Silu }, Glyph },
        { "resnet18", new ResNetBackbone.Settings { Width = 6, Channels = 8, Norm = NormKind.Group, EmbeddingNorm = NormKind.None }, SampleShape.Image(33, 40, 3) },
        { "resnet50", new ResNetBackbone.Settings { Width = 6, Channels = 2, Stem = StemKind.Small }, SampleShape.Image(16, 16, 3) },
    };

    [Theory]
    [MemberData(nameof(Small))]
    public void Backward_segment_by_segment_equals_whole_autograd(string type, IBackboneSettings settings, SampleShape shape)
    {
        using var scope = NewDisposeScope();
        using var whole = BackboneFactory.Create(type, settings, shape, 3);
        using var parts = BackboneFactory.Create(type, settings, shape, 3);
        var x = Batch(shape, 4);
        var wx = x.clone().requires_grad_();
        var y = whole.Forward(wx);
        var dy = TestTensors.Normal(5, [.. y.shape]);
        y.backward([dy]);

        var inputs = new List<Tensor>();
        var outputs = new List<Tensor>();
        var current = x;
        foreach (var segment in parts.Segments)
        {
            var detached = current.detach().requires_grad_();
            Assert.Equal(segment.InputShape, detached.shape[1..]);
            inputs.Add(detached);
            current = segment.Forward(detached);
            Assert.Equal(segment.OutputShape, current.shape[1..]);
            outputs.Add(current);
        }

        TestTensors.Equal(y, current);
        var gradient = dy;
        for (var i = parts.Segments.Count - 1; i >= 0; i--)
        {
            outputs[i].backward([gradient]);
            gradient = inputs[i].grad!;
            var expected = whole.Segments[i].TakeFlatGradient();
            var actual = parts.Segments[i].TakeFlatGradient();
            Assert.Equal([parts.Segments[i].ParameterCount], actual.shape);
            TestTensors.Equal(expected, actual);
            Assert.All(parts.Segments[i].Parameters, p => Assert.Null(p.grad));
        }

        TestTensors.Equal(wx.grad!, gradient);
    }

    [Theory]
    [MemberData(nameof(Small))]
    public void Embeddings_have_the_promised_shape_for_any_batch(string type, IBackboneSettings settings, SampleShape shape)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var backbone = BackboneFactory.Create(type, settings, shape, 3);
        backbone.Eval();
        foreach (var b in (int[])[1, 3])
        {
            Assert.Equal([b, backbone.Width], backbone.Forward(Batch(shape, b)).shape);
        }
    }

    [Theory]
    [MemberData(nameof(Small))]
    public void The_seed_alone_decides_the_weights(string type, IBackboneSettings settings, SampleShape shape)
    {
        manual_seed(1);
        using var a = BackboneFactory.Create(type, settings, shape, 3);
        manual_seed(2);
        using var b = BackboneFactory.Create(type, settings, shape, 3);
        using var c = BackboneFactory.Create(type, settings, shape, 4);
        Assert.Equal(a.NamedTensors().Select(t => t.Name), b.NamedTensors().Select(t => t.Name));
        foreach (var (mine, other) in a.NamedTensors().Zip(b.NamedTensors()))
        {
            TestTensors.SameBits(mine.Tensor, other.Tensor);
        }

        using var scope = NewDisposeScope();
        Assert.True(a.ParameterCount == 0 || a.NamedTensors().Zip(c.NamedTensors()).Any(p => !p.First.Tensor.eq(p.Second.Tensor).all().item<bool>()));
    }

    [Theory]
    [MemberData(nameof(Small))]
    public void A_checkpoint_carries_everything_that_evaluation_depends_on(string type, IBackboneSettings settings, SampleShape shape)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var trained = BackboneFactory.Create(type, settings, shape, 3);
        trained.Forward(Batch(shape, 6));
        foreach (var parameter in trained.Segments.SelectMany(s => s.Parameters))
        {
            parameter.add_(0.01);
        }

        var saved = trained.NamedTensors().ToDictionary(t => t.Name, t => t.Tensor.clone());
        using var restored = BackboneFactory.Create(type, settings, shape, 9);
        restored.Load(saved, "test");
        trained.Eval();
        restored.Eval();
        var x = Batch(shape, 3);
        TestTensors.SameBits(trained.Forward(x), restored.Forward(x));
    }

    [Fact]
    public void Names_of_tensors_are_part_of_the_checkpoint_format()
    {
        using var backbone = BackboneFactory.Create("resnet18", new ResNetBackbone.Settings { Channels = 2, Width = 2 }, SampleShape.Image(32, 32, 1), 1);
        var names = backbone.NamedTensors().Select(t => t.Name).ToArray();
        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.Contains("stem.conv.weight", names);
        Assert.Contains("stage1-block1.branch.norm2.running_var", names);
        Assert.Contains("stage2-block1.shortcut.conv.weight", names);
        Assert.Contains("embedding.linear.bias", names);
        Assert.All(backbone.NamedTensors(), t => Assert.Equal(ScalarType.Float32, t.Tensor.dtype));
    }

    [Fact]
    public void A_checkpoint_that_does_not_fit_changes_nothing()
    {
        using var backbone = BackboneFactory.Create("mlp", new MlpBackbone.Settings { Hidden = [], Width = 3 }, SampleShape.Features(4), 1);
        using var scope = NewDisposeScope();
        var saved = backbone.NamedTensors().ToDictionary(t => t.Name, t => zeros_like(t.Tensor));
        saved["embedding.linear.bias"] = zeros(7);
        var error = Assert.Throws<UserErrorException>(() => backbone.Load(saved, "checkpoint-5"));
        Assert.Contains("'embedding.linear.bias' has shape [7], the model wants [3]", error.Message, StringComparison.Ordinal);
        saved.Remove("embedding.linear.bias");
        Assert.Contains("missing", Assert.Throws<UserErrorException>(() => backbone.Load(saved, "checkpoint-5")).Message, StringComparison.Ordinal);
        Assert.All(backbone.NamedTensors().Take(1), t => Assert.NotEqual(0, t.Tensor.abs().sum().item<float>()));
    }

    [Theory]
    [InlineData("resnet18", 11_689_512, 512)]
    [InlineData("resnet50", 25_557_032, 2048)]
    public void Default_resnets_have_the_known_number_of_parameters(string type, long torchvision, long pooled)
    {
        // torchvision's, less its 1,000-class layer, plus the 128-wide embedding and its norm.
        using var backbone = BackboneFactory.Create(type, BackboneFactory.DefaultSettings(type), SampleShape.Image(64, 64, 3), 1);
        Assert.Equal(torchvision - (pooled + 1) * 1000 + (pooled + 1) * 128 + 2 * 128, backbone.ParameterCount);
    }

    [Fact]
    public void A_residual_block_starts_as_its_shortcut()
    {
        using var scope = NewDisposeScope();
        using var backbone = BackboneFactory.Create("resnet18", new ResNetBackbone.Settings { Channels = 4, Stem = StemKind.Small }, Glyph, 1);
        var x = TestTensors.Normal(2, 3, 4, 28, 28).abs();
        TestTensors.Equal(x, backbone.Segments[1].Forward(x));
    }

    [Fact]
    public void Only_batch_norm_makes_an_embedding_depend_on_its_batch()
    {
        using var scope = NewDisposeScope();
        foreach (var norm in Enum.GetValues<NormKind>())
        {
            using var backbone = BackboneFactory.Create("convnet", new ConvNetBackbone.Settings { Channels = [8], Strides = [2], Norm = norm, EmbeddingNorm = norm }, Glyph, 1);
            var x = Batch(Glyph, 4);
            var alone = backbone.Forward(x.narrow(0, 0, 2));
            var together = backbone.Forward(x).narrow(0, 0, 2);
            Assert.Equal(norm == NormKind.Batch, backbone.UsesBatchStatistics);
            Assert.Equal(norm != NormKind.Batch, alone.allclose(together, 1e-4, 1e-5));
        }
    }

    [Fact]
    public void Parameters_outlive_the_scope_they_were_made_in()
    {
        Backbone backbone;
        using (NewDisposeScope())
        {
            backbone = BackboneFactory.Create("resnet18", new ResNetBackbone.Settings { Channels = 4, Stem = StemKind.Small }, Glyph, 1);
        }

        using (backbone)
        using (NewDisposeScope())
        {
            Assert.Equal([2, 128], backbone.Forward(Batch(Glyph, 2)).shape);
        }
    }

    [Fact]
    public void Forward_backward_and_dispose_leave_no_tensor_behind()
    {
        var before = Tensor.TotalCount;
        long parameters;
        using (var backbone = BackboneFactory.Create("resnet18", new ResNetBackbone.Settings { Channels = 4, Stem = StemKind.Small }, Glyph, 1))
        {
            parameters = backbone.Segments.Sum(s => s.Parameters.Count);
            Step(backbone);
            var settled = Tensor.TotalCount;
            for (var i = 0; i < 5; i++)
            {
                Step(backbone);
            }

            Assert.Equal(settled, Tensor.TotalCount);
        }

        // TorchSharp counts the tensor that a Parameter takes over once more and never takes it back.
        Assert.Equal(before + parameters, Tensor.TotalCount);

        static void Step(Backbone backbone)
        {
            using var scope = NewDisposeScope();
            backbone.Forward(Batch(Glyph, 2)).sum().backward();
            foreach (var segment in backbone.Segments)
            {
                segment.TakeFlatGradient();
            }
        }
    }

    [Theory]
    [InlineData("identity")]
    [InlineData("convnet")]
    [InlineData("resnet18")]
    [InlineData("resnet50")]
    public void Samples_of_the_wrong_kind_are_refused_at_construction(string type)
    {
        var wrong = type == "identity" ? Glyph : SampleShape.Features(10);
        var error = Assert.Throws<UserErrorException>(() => BackboneFactory.Create(type, BackboneFactory.DefaultSettings(type), wrong, 1));
        Assert.Contains($"a {type} cannot take samples of {wrong}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_too_small_are_refused_at_construction()
    {
        var tiny = SampleShape.Image(3, 28, 1);
        Assert.Throws<UserErrorException>(() => BackboneFactory.Create("convnet", new ConvNetBackbone.Settings(), tiny, 1));
        Assert.Throws<UserErrorException>(() => BackboneFactory.Create("resnet18", new ResNetBackbone.Settings(), Glyph, 1));
    }

    [Fact]
    public void A_batch_of_another_shape_is_refused_by_the_segment()
    {
        using var scope = NewDisposeScope();
        using var backbone = BackboneFactory.Create("convnet", new ConvNetBackbone.Settings(), Glyph, 1);
        var error = Assert.Throws<ArgumentException>(() => backbone.Forward(zeros(2, 1, 32, 32)));
        Assert.Contains("takes [b, 1, 28, 28], not [2, 1, 32, 32]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_name_path_and_key()
    {
        Check("model.backbone.width", new MlpBackbone.Settings { Width = 0 });
        Check("model.backbone.hidden", new MlpBackbone.Settings { Hidden = [0] });
        Check("model.backbone.groups", new MlpBackbone.Settings { Hidden = [12], Norm = NormKind.Group });
        Check("model.backbone.embedding-norm", new MlpBackbone.Settings { EmbeddingNorm = (NormKind)9 });
        Check("model.backbone.norm", new ResNetBackbone.Settings { Norm = (NormKind)9 });
        Check("model.backbone.stem", new ResNetBackbone.Settings { Stem = (StemKind)9 });
        Check("model.backbone.strides", new ConvNetBackbone.Settings { Strides = [1] });
        Check("model.backbone.channels", new ConvNetBackbone.Settings { Channels = [], Strides = [] });
        Check("model.backbone.activation", new ConvNetBackbone.Settings { Activation = (ActivationKind)9 });

        static void Check(string where, IBackboneSettings settings) =>
            Assert.Equal(where, Assert.Throws<UserErrorException>(() => settings.Validate("model.backbone")).Where);
    }

    [Fact]
    public void Every_type_has_valid_defaults_and_an_unknown_one_is_refused()
    {
        Assert.All(BackboneFactory.Types, t => BackboneFactory.DefaultSettings(t).Validate("x"));
        Assert.Throws<UserErrorException>(() => BackboneFactory.DefaultSettings("vit"));
        Assert.Throws<UserErrorException>(() => BackboneFactory.Create("vit", new MlpBackbone.Settings(), Glyph, 1));
        Assert.Throws<ArgumentException>(() => BackboneFactory.Create("convnet", new MlpBackbone.Settings(), Glyph, 1));
    }

    private static Tensor Batch(SampleShape shape, int count) =>
        shape.IsImage ? TestTensors.Normal(7, count, shape.Channels, shape.Height, shape.Width) : TestTensors.Normal(7, count, shape.Width);
}
