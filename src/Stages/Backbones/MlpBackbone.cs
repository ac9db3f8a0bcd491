// A multi-layer perceptron for feature vectors.
using XClassFlow.Data;
using XClassFlow.Data.DataSets;
using XClassFlow.Stages.Backbones.Layers;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Backbones;

/// <summary>Hidden layers (linear, norm, activation), one segment each, then a linear layer to the embedding. Pictures are taken as flat vectors.</summary>
public sealed class MlpBackbone : Backbone
{
    /// <exception cref="UserErrorException">A setting is out of its range.</exception>
    public MlpBackbone(Settings settings, SampleShape input, ulong seed)
        : base(input, Checked(settings).Width)
    {
        UsesBatchStatistics = (settings.Norm == NormKind.Batch && settings.Hidden.Count > 0) || settings.EmbeddingNorm == NormKind.Batch;
        using var scope = NewDisposeScope();
        using var init = new Initializer(seed);
        long[] shape = input.IsImage ? [input.Channels, input.Height, input.Width] : [input.Width];
        long width = input.Length;
        for (var i = 0; i < settings.Hidden.Count; i++)
        {
            var next = settings.Hidden[i];
            var layer = new Chain($"hidden{i + 1}");
            if (shape.Length > 1)
            {
                layer.Then("flatten", nn.Flatten());
            }

            layer.Then("linear", init.Linear(nn.Linear(width, next, hasBias: settings.Norm == NormKind.None), gain: 2))
                .ThenIf("norm", LayerFactory.Norm1d(settings.Norm, next, settings.Groups))
                .ThenIf("activation", LayerFactory.Activation(settings.Activation));
            Add(new(layer.GetName(), layer, shape, [next]));
            shape = [next];
            width = next;
        }

        var last = new Chain("embedding");
        if (shape.Length > 1)
        {
            last.Then("flatten", nn.Flatten());
        }

        last.Then("linear", init.Linear(nn.Linear(width, settings.Width), gain: 1))
            .ThenIf("norm", LayerFactory.Norm1d(settings.EmbeddingNorm, settings.Width, settings.Groups));
        Add(new("embedding", last, shape, [settings.Width]));
    }

    private static Settings Checked(Settings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validate("backbone");
        return settings;
    }

    /// <summary>Settings of an mlp.</summary>
    public sealed record Settings : IBackboneSettings
    {
        /// <summary>Embedding width D.</summary>
        public int Width { get; init; } = 128;

        /// <summary>Widths of the hidden layers; may be empty.</summary>
        public IReadOnlyList<int> Hidden { get; init; } = [512];

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
            SettingsCheck.Known(path, "activation", Activation);
            foreach (var width in Hidden)
            {
                SettingsCheck.Within(path, "hidden", width, 1, 1_048_576);
            }

            LayerFactory.ValidateNorm(path, "norm", Norm, Groups, Hidden);
            LayerFactory.ValidateNorm(path, "embedding-norm", EmbeddingNorm, Groups, [Width]);
        }
    }
}
