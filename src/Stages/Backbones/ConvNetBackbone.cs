// A small convolutional network for pictures of about 28 to 64 pixels, made for training on a CPU.
using XClassFlow.Data;
using XClassFlow.Data.DataSets;
using XClassFlow.Stages.Backbones.Layers;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Backbones;

/// <summary>
/// Blocks of 3x3 convolutions (convolution, norm, activation), each followed by a 2x2 max-pool, then a linear layer over what is left of the picture.
/// Segments: one per block, and the embedding.
/// </summary>
public sealed class ConvNetBackbone : Backbone
{
    /// <exception cref="UserErrorException">A setting is out of its range, or the samples are not pictures or too small for the blocks.</exception>
    public ConvNetBackbone(Settings settings, SampleShape input, ulong seed)
        : base(input, Checked(settings).Width)
    {
        var smallest = 1 << settings.Channels.Count;
        if (!input.IsImage || input.Height < smallest || input.Width < smallest)
        {
            throw CannotTake("convnet", input, $"with {settings.Channels.Count} blocks it takes pictures of {smallest}x{smallest} pixels or more");
        }

        UsesBatchStatistics = settings.Norm == NormKind.Batch;
        var style = new BlockStyle(settings.Norm, settings.Groups, settings.Activation);
        using var scope = NewDisposeScope();
        using var init = new Initializer(seed);
        long[] shape = [input.Channels, input.Height, input.Width];
        for (var b = 0; b < settings.Channels.Count; b++)
        {
            var block = new Chain($"block{b + 1}");
            var from = (int)shape[0];
            for (var c = 1; c <= settings.Convolutions[b]; c++)
            {
                block.Then($"conv{c}", init.Conv(style.Conv(from, settings.Channels[b], 3, stride: 1)))
                    .ThenIf($"norm{c}", style.Norm(settings.Channels[b], startAtZero: false))
                    .Then($"activation{c}", style.Activation());
                from = settings.Channels[b];
            }

            block.Then("pool", nn.MaxPool2d(2, stride: 2));
            long[] next = [from, shape[1] / 2, shape[2] / 2];
            Add(new(block.GetName(), block, shape, next));
            shape = next;
        }

        var embedding = new Chain("embedding")
            .Then("flatten", nn.Flatten())
            .Then("linear", init.Linear(nn.Linear(shape[0] * shape[1] * shape[2], settings.Width), gain: 1));
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

        /// <summary>Channels of each block.</summary>
        public IReadOnlyList<int> Channels { get; init; } = [32, 64, 128];

        /// <summary>Convolutions in each block; as many values as <see cref="Channels"/>.</summary>
        public IReadOnlyList<int> Convolutions { get; init; } = [1, 1, 1];

        public NormKind Norm { get; init; } = NormKind.Batch;

        /// <summary>Groups of a group norm.</summary>
        public int Groups { get; init; } = 8;

        public ActivationKind Activation { get; init; } = ActivationKind.Relu;

        /// <inheritdoc/>
        public void Validate(string path)
        {
            SettingsCheck.Within(path, "width", Width, 1, 65_536);
            SettingsCheck.Within(path, "channels", Channels.Count, 1, 8);
            foreach (var channels in Channels)
            {
                SettingsCheck.Within(path, "channels", channels, 1, 4_096);
            }

            if (Convolutions.Count != Channels.Count)
            {
                throw SettingsCheck.Wrong(path, "convolutions", $"[{string.Join(", ", Convolutions)}]", $"write {Channels.Count} values, one for each of channels");
            }

            foreach (var convolutions in Convolutions)
            {
                SettingsCheck.Within(path, "convolutions", convolutions, 1, 16);
            }

            SettingsCheck.Known(path, "activation", Activation);
            LayerFactory.ValidateNorm(path, Norm, Groups, Channels);
        }
    }
}
