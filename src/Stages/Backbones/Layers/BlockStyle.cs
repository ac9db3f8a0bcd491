// Which norm and activation the layers of a convolutional backbone use.
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace XClassFlow.Stages.Backbones.Layers;

/// <summary>Makes layers in one style; every module is the caller's.</summary>
/// <param name="NormKind">Norm after each convolution.</param>
/// <param name="Groups">Groups of a group norm.</param>
/// <param name="ActivationKind">Activation after each norm.</param>
internal sealed record BlockStyle(NormKind NormKind, int Groups, ActivationKind ActivationKind)
{
    /// <summary>Square convolution that keeps height and width at stride 1; with a bias only where no norm follows.</summary>
    public Conv2d Conv(int input, int output, int size, int stride) =>
        Conv2d(input, output, size, stride, padding: (long)(size / 2), bias: NormKind == NormKind.None);

    /// <summary>Norm over channels, or null.</summary>
    public Module<Tensor, Tensor>? Norm(int channels, bool startAtZero)
    {
        var norm = LayerFactory.Norm2d(NormKind, channels, Groups);
        if (norm is not null && startAtZero)
        {
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            norm.get_parameter("weight")!.zero_();
        }

        return norm;
    }

    public Module<Tensor, Tensor> Activation() => LayerFactory.Activation(ActivationKind);
}
