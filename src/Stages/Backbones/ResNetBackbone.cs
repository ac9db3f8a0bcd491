// Residual networks of 18 and 50 layers, with the stem of ImageNet or one for small pictures.
using XClassFlow.Data;
using XClassFlow.Data.DataSets;
using XClassFlow.Stages.Backbones.Layers;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Backbones;

/// <summary>
/// He et al., "Deep Residual Learning for Image Recognition", CVPR 2016 (arXiv 1512.03385). Segments: the stem, one per residual block, and the
/// embedding (global average pooling and a linear layer).
/// </summary>
public sealed class ResNetBackbone : Backbone
{
    /// <param name="layers">18 (basic blocks) or 50 (bottlenecks).</param>
    /// <param name="settings">Settings.</param>
    /// <param name="input">Pictures.</param>
    /// <param name="seed">Seed of the first weights.</param>
    /// <exception cref="UserErrorException">A setting is out of its range, or the samples are not pictures or too small.</exception>
    public ResNetBackbone(int layers, Settings settings, SampleShape input, ulong seed)
        : base(input, Checked(settings).Width)
    {
        var bottleneck = layers == 50;
        int[] blocks = layers switch
        {
            18 => [2, 2, 2, 2],
            50 => [3, 4, 6, 3],
            _ => throw new ArgumentOutOfRangeException(nameof(layers), layers, "18 or 50"),
        };
        var smallest = settings.Stem == StemKind.Small ? 8 : 32;
        if (!input.IsImage || input.Height < smallest || input.Width < smallest)
        {
            throw CannotTake($"resnet{layers}", input, $"with stem = {settings.Stem} it takes pictures of {smallest}x{smallest} pixels or more".ToLowerInvariant());
        }

        UsesBatchStatistics = settings.Norm == NormKind.Batch || settings.EmbeddingNorm == NormKind.Batch;
        var style = new BlockStyle(settings.Norm, settings.Groups, settings.Activation);
        using var scope = NewDisposeScope();
        using var init = new Initializer(seed);
        long[] shape = [input.Channels, input.Height, input.Width];

        var stem = new Chain("stem");
        var small = settings.Stem == StemKind.Small;
        stem.Then("conv", init.Conv(style.Conv(input.Channels, settings.Channels, small ? 3 : 7, small ? 1 : 2)))
            .ThenIf("norm", style.Norm(settings.Channels, startAtZero: false))
            .Then("activation", style.Activation());
        if (!small)
        {
            stem.Then("pool", nn.MaxPool2d(3, stride: 2, padding: 1));
        }

        long[] next = small ? [settings.Channels, shape[1], shape[2]] : [settings.Channels, Half(Half(shape[1])), Half(Half(shape[2]))];
        Add(new("stem", stem, shape, next));
        shape = next;
        for (var stage = 0; stage < blocks.Length; stage++)
        {
            for (var b = 0; b < blocks[stage]; b++)
            {
                var stride = stage > 0 && b == 0 ? 2 : 1;
                var block = new ResidualBlock($"stage{stage + 1}-block{b + 1}", (int)shape[0], settings.Channels << stage, stride, bottleneck, style, init);
                next = stride == 2 ? [block.Output, Half(shape[1]), Half(shape[2])] : [block.Output, shape[1], shape[2]];
                Add(new(block.GetName(), block, shape, next));
                shape = next;
            }
        }

        var embedding = new Chain("embedding")
            .Then("pool", nn.AdaptiveAvgPool2d(1))
            .Then("flatten", nn.Flatten())
            .Then("linear", init.Linear(nn.Linear(shape[0], settings.Width), gain: 1))
            .ThenIf("norm", LayerFactory.Norm1d(settings.EmbeddingNorm, settings.Width, settings.Groups));
        Add(new("embedding", embedding, shape, [settings.Width]));
    }

    private static long Half(long size) => (size + 1) / 2;

    private static Settings Checked(Settings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validate("backbone");
        return settings;
    }

    /// <summary>Settings of resnet18 and resnet50.</summary>
    public sealed record Settings : IBackboneSettings
    {
        /// <summary>Embedding width D.</summary>
        public int Width { get; init; } = 128;

        /// <summary>Channels of the first stage; each later one doubles them.</summary>
        public int Channels { get; init; } = 64;

        public StemKind Stem { get; init; } = StemKind.ImageNet;

        public NormKind Norm { get; init; } = NormKind.Batch;

        /// <summary>
        /// Norm after the embedding's linear layer. A cosine head learns much faster from embeddings that are centred per dimension, which batch does.
        /// </summary>
        public NormKind EmbeddingNorm { get; init; } = NormKind.Batch;

        /// <summary>Groups of a group norm; divides every width that has one.</summary>
        public int Groups { get; init; } = 8;

        public ActivationKind Activation { get; init; } = ActivationKind.Relu;

        /// <inheritdoc/>
        public void Validate(string path)
        {
            SettingsCheck.Within(path, "width", Width, 1, 65_536);
            SettingsCheck.Within(path, "channels", Channels, 1, 4_096);
            SettingsCheck.Known(path, "stem", Stem);
            SettingsCheck.Known(path, "activation", Activation);
            LayerFactory.ValidateNorm(path, "norm", Norm, Groups, [Channels]);
            LayerFactory.ValidateNorm(path, "embedding-norm", EmbeddingNorm, Groups, [Width]);
        }
    }
}
