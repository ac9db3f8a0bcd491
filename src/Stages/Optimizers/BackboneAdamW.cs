// Adam with decoupled weight decay for the backbone.
using XClassFlow.Data;
using XClassFlow.Stages.Backbones;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Optimizers;

/// <summary>
/// AdamW (Loshchilov, Hutter, Decoupled Weight Decay Regularization, ICLR 2019) as torch.optim.AdamW: w &lt;- (1 - rate decay) w - rate m' / (sqrt(v') + epsilon), with the corrected
/// moments m', v'.
/// </summary>
/// <param name="settings">Checked here.</param>
/// <param name="segments">On the device where they will train; they stay the caller's.</param>
/// <exception cref="UserErrorException">A setting is out of its range.</exception>
public sealed class BackboneAdamW(BackboneAdamW.Settings settings, IReadOnlyList<Segment> segments) : BackboneAdam(settings, "optimizer.adamw", segments)
{
    private protected override void Move(Segment segment, int parameter, Tensor weight, Tensor direction, double rate)
    {
        if (settings.WeightDecay != 0 && !FlatGradient.IsExcluded(weight))
        {
            weight.TimesInPlace(1 - (rate * settings.WeightDecay));
        }

        weight.PlusInPlace(direction, -rate);
    }

    /// <summary>Settings of AdamW.</summary>
    public sealed record Settings : AdamSettings;
}
