// Makes the layers that settings name.
using TorchSharp.Modules;
using XClassFlow.Data;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace XClassFlow.Stages.Backbones.Layers;

/// <summary>Norms and activations by kind; every module is the caller's.</summary>
internal static class LayerFactory
{
    /// <summary>Norm of [b, C, H, W]; null for none.</summary>
    public static Module<Tensor, Tensor>? Norm2d(NormKind kind, long channels, int groups) => kind switch
    {
        NormKind.Batch => Uncounted(BatchNorm2d(channels)),
        NormKind.Group => new GroupNormalization(groups, channels),
        _ => null,
    };

    /// <summary>Norm of [b, F]; null for none.</summary>
    public static Module<Tensor, Tensor>? Norm1d(NormKind kind, long width, int groups) => kind switch
    {
        NormKind.Batch => Uncounted(BatchNorm1d(width)),
        NormKind.Group => new GroupNormalization(groups, width),
        _ => null,
    };

    public static Module<Tensor, Tensor> Activation(ActivationKind kind) => kind switch
    {
        ActivationKind.Relu => ReLU(inplace: true),
        ActivationKind.LeakyRelu => new LeakyRectifier(0.1),
        ActivationKind.Prelu => new LearnedRectifier(0.25),
        ActivationKind.Silu => SiLU(inplace: true),
        ActivationKind.Gelu => GELU(),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    // TorchSharp counts batches with a temporary Scalar at every forward pass in training (see Scalars), for an average that is not used here.
    private static BatchNorm Uncounted(BatchNorm norm)
    {
        norm.num_batches_tracked = null;
        return norm;
    }

    /// <summary>Checks that the groups of a group norm divide every width.</summary>
    /// <exception cref="UserErrorException">They do not.</exception>
    public static void ValidateNorm(string path, string key, NormKind norm, int groups, IEnumerable<int> widths)
    {
        SettingsCheck.Known(path, key, norm);
        SettingsCheck.Within(path, "groups", groups, 1, 65_536);
        if (norm == NormKind.Group && widths.Where(w => w % groups != 0).ToArray() is [var width, ..])
        {
            throw SettingsCheck.Wrong(path, "groups", groups, $"write a number that divides {width}");
        }
    }
}
