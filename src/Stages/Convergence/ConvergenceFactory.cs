// Makes a built-in convergence policy from its type's name and its settings.
using XClassFlow.Data;

namespace XClassFlow.Stages.Convergence;

/// <summary>The built-in policies by the name they have in configurations.</summary>
public static class ConvergenceFactory
{
    /// <summary>Names, for messages and documentation.</summary>
    public static IReadOnlyList<string> Types { get; } = ["constant", "step-decay", "warmup-cosine", "fccs"];

    /// <summary>The settings of a type, all at their defaults.</summary>
    /// <exception cref="UserErrorException">There is no such type.</exception>
    public static IConvergenceSettings DefaultSettings(string type) => type switch
    {
        "constant" => new ConstantPolicy.Settings(),
        "step-decay" => new StepDecayPolicy.Settings(),
        "warmup-cosine" => new WarmupCosinePolicy.Settings(),
        "fccs" => new FccsPolicy.Settings(),
        _ => throw Unknown(type),
    };

    /// <summary>Builds a policy.</summary>
    /// <param name="type">One of <see cref="Types"/>.</param>
    /// <param name="settings">Settings of that type's record; checked again here.</param>
    /// <param name="totalSteps">Steps of the whole run, at least 1.</param>
    /// <param name="globalBatch">Samples of a step of <paramref name="microBatches"/>, as configured.</param>
    /// <param name="microBatches">Micro-batches of a step, as configured.</param>
    /// <exception cref="UserErrorException">Unknown type, or a setting out of range.</exception>
    /// <exception cref="ArgumentException">The settings are those of another type.</exception>
    public static IConvergencePolicy Create(string type, IConvergenceSettings settings, long totalSteps, int globalBatch = 1, int microBatches = 1) => (type, settings) switch
    {
        ("constant", ConstantPolicy.Settings s) => new ConstantPolicy(s, totalSteps),
        ("step-decay", StepDecayPolicy.Settings s) => new StepDecayPolicy(s, totalSteps),
        ("warmup-cosine", WarmupCosinePolicy.Settings s) => new WarmupCosinePolicy(s, totalSteps),
        ("fccs", FccsPolicy.Settings s) => new FccsPolicy(s, totalSteps, globalBatch, microBatches),
        _ when Types.Contains(type) => throw new ArgumentException($"{settings?.GetType()} are not the settings of {type}", nameof(settings)),
        _ => throw Unknown(type),
    };

    private static UserErrorException Unknown(string type) => new($"there is no convergence policy '{type}'", "convergence.type", $"write one of {string.Join(", ", Types)}");
}
