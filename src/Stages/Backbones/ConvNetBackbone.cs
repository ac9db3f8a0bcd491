// A small convolutional network for pictures of about 28 to 64 pixels, made for training on a CPU.
using XClassFlow.Data;
using XClassFlow.Data.DataSets;
using XClassFlow.Stages.Backbones.Layers;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Backbones;

/// <summary>
/// Layers of 3x3 convolution, norm and activation, some of which halve the picture by their stride, then a linear layer over what is left of it and a norm.
/// Striding early keeps the costly parts, norms and activations of large maps, small. Segments: one per layer, and the embedding.
/// </summary>
public sealed class ConvNetBackbone : Backbone
{
    /// <exception cref="UserErrorException">A setting is out of its range, or the samples are not pictures or too small for the strides.</exception>
    public ConvNetBackbone(Settings settings, SampleShape input, ulong seed)
        : base(input, Checked(settings).Width)
    {
        var smallest = settings.Strides.Aggregate(1, (product, stride) => product * stride);
        if (!input.IsImage || input.Height < smallest || input.Width < smallest)
        {
            throw CannotTake("convnet", input, $"with strides of {smallest} in all it takes pictures of {smallest}x{smallest} pixels or more");
        }

        UsesBatchStatistics = settings.Norm == NormKind.Batch || settings.EmbeddingNorm == NormKind.Batch;
        var style = new BlockStyle(settings.Norm, settings.Groups, settings.Activation);
        using var scope = NewDisposeScope();
        using var init = new Initializer(seed);
        long[] shape = [input.Channels, input.Height, input.Width];
        for (var l = 0; l < settings.Channels.Count; l++)
        {
            var (channels, stride) = (settings.Channels[l], settings.Strides[l]);
            var layer = new Chain($"layer{l + 1}")
                .Then("conv", init.Conv(style.Conv((int)shape[0], channels, 3, stride)))
                .ThenIf("norm", style.Norm(channels, startAtZero: false))
                .Then("activation", style.Activation());
            long[] next = [channels, (shape[1] + stride - 1) / stride, (shape[2] + stride - 1) / stride];
            Add(new(layer.GetName(), layer, shape, next));
            shape = next;
        }

        var embedding = new Chain("embedding")
            .Then("flatten", nn.Flatten())
            .Then("linear", init.Linear(nn.Linear(shape[0] * shape[1] * shape[2], settings.Width), gain: 1))
            .ThenIf("norm", LayerFactory.Norm1d(settings.EmbeddingNorm, settings.Width, settings.Groups));
        Add(new("embedding", embedding, shape, [settings.Width]));
    }

    private static Settings Checked(Settings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validate("backbone");
        return settings;
    }

    /// <summary>Settings of a convnet.</summary>
    public sealed record Settings : IBackboneSettings
    {
        /// <summary>Embedding width D.</summary>
        public int Width { get; init; } = 128;

        /// <summary>Channels of each layer.</summary>
        public IReadOnlyList<int> Channels { get; init; } = [32, 64, 128, 128];

        /// <summary>Stride of each layer, 1 or 2; as many values as <see cref="Channels"/>.</summary>
        public IReadOnlyList<int> Strides { get; init; } = [2, 1, 2, 1];

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
            SettingsCheck.Within(path, "channels", Channels.Count, 1, 64);
            foreach (var channels in Channels)
            {
                SettingsCheck.Within(path, "channels", channels, 1, 4_096);
            }

            if (Strides.Count != Channels.Count)
            {
                throw SettingsCheck.Wrong(path, "strides", $"[{string.Join(", ", Strides)}]", $"write {Channels.Count} values, one for each of channels");
            }

            foreach (var stride in Strides)
            {
                SettingsCheck.Within(path, "strides", stride, 1, 2);
            }

            SettingsCheck.Known(path, "activation", Activation);
            LayerFactory.ValidateNorm(path, "norm", Norm, Groups, Channels);
            LayerFactory.ValidateNorm(path, "embedding-norm", EmbeddingNorm, Groups, [Width]);
        }
    }
}
