// Leaky ReLU in place.
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace XClassFlow.Stages.Backbones.Layers;

/// <summary>max(x, slope x), written over its input. TorchSharp's own module makes a temporary Scalar at every call (see <see cref="Scalars"/>).</summary>
internal sealed class LeakyRectifier(double slope) : Module<Tensor, Tensor>("leaky-relu")
{
    public override Tensor forward(Tensor input) => input.leaky_relu_(Scalars.Of(slope)).alias();
}
