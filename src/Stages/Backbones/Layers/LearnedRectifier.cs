// PReLU with one learned slope for the layer.
using TorchSharp.Modules;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace XClassFlow.Stages.Backbones.Layers;

/// <summary>
/// x above zero, weight x below (He et al., ICCV 2015, arXiv 1502.01852). TorchSharp's own module makes a temporary Scalar when it is created
/// (see <see cref="Scalars"/>).
/// </summary>
internal sealed class LearnedRectifier : Module<Tensor, Tensor>
{
    /// <param name="slope">To start with.</param>
    public LearnedRectifier(double slope)
        : base("prelu")
    {
        using var scope = NewDisposeScope();
        register_parameter("weight", (Parameter)new Parameter(full(1, Scalars.Of(slope))).DetachFromDisposeScope());
    }

    // Looked up at every call: a move to another device replaces the parameter.
    public override Tensor forward(Tensor input) => input.prelu(get_parameter("weight")!);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            get_parameter("weight")?.Dispose();
        }

        base.Dispose(disposing);
    }
}
