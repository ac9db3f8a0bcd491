// What AdamW and LAMB have in common.
using XClassFlow.Data;

namespace XClassFlow.Stages.Optimizers;

/// <summary>Settings of optimizers that keep both moments; the learning rate is the convergence policy's and must be given: rates of sgd are far too large.</summary>
public record AdamSettings
{
    /// <summary>Share of the first moment that stays.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Share of the second moment that stays.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the second moment.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Decoupled decay, not applied to biases and norms.</summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>Checks every value.</summary>
    /// <param name="path">Configuration path of the settings, for messages.</param>
    /// <exception cref="UserErrorException">A value is out of its range.</exception>
    public virtual void Validate(string path)
    {
        SettingsCheck.Within(path, "beta1", Beta1, 0, 0.9999);
        SettingsCheck.Within(path, "beta2", Beta2, 0, 0.999999);
        SettingsCheck.Positive(path, "epsilon", Epsilon, "1e-8 is usual");
        SettingsCheck.Within(path, "weight-decay", WeightDecay, 0, 10);
    }
}
