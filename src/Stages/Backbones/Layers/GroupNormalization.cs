// Group normalisation of pictures and of feature vectors.
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace XClassFlow.Stages.Backbones.Layers;

/// <summary>
/// Wu and He, "Group Normalization", ECCV 2018 (arXiv 1803.08494). TorchSharp 0.107's own module leaves its weights uninitialised and refuses [b, F].
/// </summary>
internal sealed class GroupNormalization : Module<Tensor, Tensor>
{
    private const double Epsilon = 1e-5;
    private readonly int groups;

    /// <param name="groups">Divides the channels.</param>
    /// <param name="channels">C of [b, C, ...].</param>
    public GroupNormalization(int groups, long channels)
        : base("group-norm")
    {
        this.groups = groups;
        using var scope = NewDisposeScope();
        register_parameter("weight", Own(ones(channels)));
        register_parameter("bias", Own(zeros(channels)));
    }

    // Looked up at every call: a move to another device replaces the parameters.
    public override Tensor forward(Tensor input) =>
        functional.group_norm(input, groups, get_parameter("weight"), get_parameter("bias"), Epsilon);

    private static Parameter Own(Tensor values) => (Parameter)new Parameter(values).DetachFromDisposeScope();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            get_parameter("weight")?.Dispose();
            get_parameter("bias")?.Dispose();
        }

        base.Dispose(disposing);
    }
}
