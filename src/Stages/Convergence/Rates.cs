// The learning rates that a schedule scales.
using XClassFlow.Data;

namespace XClassFlow.Stages.Convergence;

/// <summary>Peak learning rates.</summary>
public sealed record Rates
{
    /// <summary>Of the backbone.</summary>
    public double Backbone { get; init; } = 0.1;

    /// <summary>Of the class-parallel head.</summary>
    public double Head { get; init; } = 1.0;

    /// <summary>Checks both.</summary>
    /// <param name="path">Configuration path, for messages.</param>
    /// <exception cref="UserErrorException">One is negative, or not a number.</exception>
    public void Validate(string path)
    {
        SettingsCheck.Within(path, "backbone", Backbone, 0, 1e6);
        SettingsCheck.Within(path, "head", Head, 0, 1e6);
    }
}
