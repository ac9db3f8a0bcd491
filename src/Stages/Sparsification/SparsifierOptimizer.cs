// How sparsification and the backbone's optimizer fit together.
using XClassFlow.Data;
using XClassFlow.Stages.Configuration;
using XClassFlow.Stages.Optimizers;

namespace XClassFlow.Stages.Sparsification;

/// <summary>
/// The optimizer's momentum is the momentum, wherever it is applied: there is one setting. A sparse step applies it to each rank's gradient before values are selected (momentum
/// correction) and leaves the optimizer the weight decay and the rate; a whole step leaves it all to the optimizer.
/// </summary>
internal static class SparsifierOptimizer
{
    private const string Sgd = "sgd";

    /// <summary>The momentum that the sparsifier applies.</summary>
    /// <param name="optimizer">The block of the optimizer.</param>
    /// <exception cref="UserErrorException">The optimizer does not take gradients with momentum in them.</exception>
    public static BackboneSgd.Settings SettingsOf(ConfigNode optimizer)
    {
        var type = optimizer.Find("type");
        return type?.Text == Sgd
            ? SettingsBinder.Bind<BackboneSgd.Settings>(optimizer.Section(Sgd))
            : throw new UserErrorException(
                $"'{type}' cannot be used with sparsifier.type = top-k: its update is not linear in the gradients, which arrive late and with momentum in them",
                type?.Where ?? optimizer.Where,
                "write type = sgd, or sparsifier.type = none");
    }
}
