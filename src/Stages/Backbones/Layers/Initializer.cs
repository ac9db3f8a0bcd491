// First weights from a seed, through a generator of its own.
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Backbones.Layers;

/// <summary>
/// Draws weights in the order of the calls: same seed and same calls give the same bits. Libtorch's global generator, which all threads share, is not used.
/// </summary>
internal sealed class Initializer(ulong seed) : IDisposable
{
    private readonly Generator generator = new(seed);

    /// <summary>Normal with variance 2 / fan-out (He et al., ICCV 2015, for the backward pass; as torchvision's resnets); bias zero.</summary>
    public Conv2d Conv(Conv2d conv)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var shape = conv.weight!.shape;
        conv.weight.normal_(0, Math.Sqrt(2.0 / (shape[0] * shape[2] * shape[3])), generator);
        conv.bias?.zero_();
        return conv;
    }

    /// <summary>Normal with variance gain / fan-in; bias zero. Gain 2 before a rectifier, 1 where nothing follows.</summary>
    public Linear Linear(Linear linear, double gain)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        linear.weight!.normal_(0, Math.Sqrt(gain / linear.weight.shape[1]), generator);
        linear.bias?.zero_();
        return linear;
    }

    public void Dispose() => generator.Dispose();
}
