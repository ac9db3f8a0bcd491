// The residual blocks of resnets: two 3x3 convolutions, or a 1x1-3x3-1x1 bottleneck, added to a shortcut.
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace XClassFlow.Stages.Backbones.Layers;

/// <summary>
/// activation(branch(x) + shortcut(x)), post-activation as in He et al. (CVPR 2016, arXiv 1512.03385); a bottleneck strides in its 3x3 convolution
/// (the "v1.5" of common use). The branch's last norm starts at gamma 0, so the block starts as its shortcut (Goyal et al., arXiv 1706.02677, section 5.1).
/// </summary>
internal sealed class ResidualBlock : Module<Tensor, Tensor>
{
    /// <summary>A bottleneck's output has this many times the channels of its middle.</summary>
    public const int Expansion = 4;

    private readonly Chain branch = new("branch");
    private readonly Chain? shortcut;
    private readonly Module<Tensor, Tensor> activation;

    /// <param name="name">Name of the module.</param>
    /// <param name="input">Channels going in.</param>
    /// <param name="channels">Channels of the 3x3 convolutions.</param>
    /// <param name="stride">1, or 2 to halve height and width.</param>
    /// <param name="bottleneck">True for the 1x1-3x3-1x1 form.</param>
    /// <param name="style">Norm and activation.</param>
    /// <param name="init">Draws the weights.</param>
    public ResidualBlock(string name, int input, int channels, int stride, bool bottleneck, BlockStyle style, Initializer init)
        : base(name)
    {
        Output = bottleneck ? channels * Expansion : channels;
        (int Size, int Stride, int Channels)[] convs = bottleneck ? [(1, 1, channels), (3, stride, channels), (1, 1, Output)] : [(3, stride, channels), (3, 1, Output)];
        var from = input;
        for (var i = 0; i < convs.Length; i++)
        {
            var (size, step, to) = convs[i];
            branch.Then($"conv{i + 1}", init.Conv(style.Conv(from, to, size, step)));
            branch.ThenIf($"norm{i + 1}", style.Norm(to, startAtZero: i == convs.Length - 1));
            if (i < convs.Length - 1)
            {
                branch.Then($"activation{i + 1}", style.Activation());
            }

            from = to;
        }

        if (input != Output || stride != 1)
        {
            shortcut = new Chain("shortcut")
                .Then("conv", init.Conv(style.Conv(input, Output, 1, stride)))
                .ThenIf("norm", style.Norm(Output, startAtZero: false));
        }

        activation = style.Activation();
        RegisterComponents();
    }

    /// <summary>Channels coming out.</summary>
    public int Output { get; }

    public override Tensor forward(Tensor input)
    {
        using var x = branch.call(input);
        using var s = shortcut?.call(input);
        using var sum = x.Plus(s ?? input);
        return activation.call(sum);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            branch.Dispose();
            shortcut?.Dispose();
            activation.Dispose();
        }

        base.Dispose(disposing);
    }
}
