// Settings of the update of class weights.
using XClassFlow.Data;

namespace XClassFlow.Stages.Head;

/// <summary>Row-sparse optimizer of class weights.</summary>
/// <param name="Momentum">mu of SGD and LARS; applied lazily to rows that were not active, so that they move as under the dense optimizer. Of no meaning for AdaGrad.</param>
/// <param name="WeightDecay">lambda; lazily too. SGD: g + lambda w; LARS: r g + lambda w. AdaGrad: decoupled, w = (1 - rate lambda) w (AdamW, ICLR 2019), so that missed steps have a closed form.</param>
/// <param name="Optimizer">Which.</param>
/// <param name="Epsilon">AdaGrad's.</param>
/// <param name="Trust">LARS: with rate 1, a step moves a row by this share of its length, before momentum.</param>
/// <param name="Floor">LARS: length of a gradient, as a share of the row's, at which it moves half as far.</param>
public sealed record RowUpdate(
    double Momentum = 0.9, double WeightDecay = 0, OptimizerKind Optimizer = OptimizerKind.Sgd, double Epsilon = 1e-8, double Trust = 0.05, double Floor = 0.01)
{
    /// <summary>Whether there is a momentum of every element.</summary>
    internal bool KeepsMomentum => Optimizer != OptimizerKind.Adagrad && Momentum > 0;

    /// <summary>Whether there is a number for every row.</summary>
    internal bool KeepsAccumulators => Optimizer == OptimizerKind.Adagrad;

    /// <summary>Whether the dense optimizer moves rows whose gradient is 0; then each row has the step of its last update.</summary>
    internal bool MovesIdleRows => KeepsMomentum || WeightDecay > 0;

    /// <summary>mu, or 0 where there is none.</summary>
    internal double EffectiveMomentum => KeepsMomentum ? Momentum : 0;

    public void Validate(string path)
    {
        SettingsCheck.Below(path, "momentum", Momentum, 1);
        SettingsCheck.Below(path, "weight-decay", WeightDecay, 1);
        SettingsCheck.Known(path, "optimizer", Optimizer);
        SettingsCheck.Positive(path, "epsilon", Epsilon, "1e-8 is usual");
        SettingsCheck.Positive(path, "trust", Trust, "0.05 is a good value");
        SettingsCheck.Positive(path, "floor", Floor, "0.01 is a good value");
    }
}
