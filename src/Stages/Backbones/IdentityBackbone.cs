// The backbone that does nothing: features are embeddings already, and only the head is trained.
using XClassFlow.Data;
using XClassFlow.Data.DataSets;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Backbones;

/// <summary>One segment without parameters; D is the feature width.</summary>
public sealed class IdentityBackbone : Backbone
{
    /// <exception cref="UserErrorException">The samples are pictures.</exception>
    public IdentityBackbone(Settings settings, SampleShape input, ulong seed)
        : base(input, input.Width)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validate("backbone");
        _ = seed;
        if (input.IsImage)
        {
            throw CannotTake("identity", input, "it takes features; use convnet or a resnet for pictures");
        }

        Add(new("identity", new Alias(), [input.Width], [input.Width]));
    }

    /// <summary>There is nothing to set.</summary>
    public sealed record Settings : IBackboneSettings
    {
        public void Validate(string path)
        {
        }
    }

    private sealed class Alias() : nn.Module<Tensor, Tensor>("identity")
    {
        public override Tensor forward(Tensor input) => input.alias();
    }
}
