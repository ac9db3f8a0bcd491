// What every policy's settings can do: check themselves before anything is built.
using XClassFlow.Data;

namespace XClassFlow.Stages.Convergence;

/// <summary>Settings of a convergence policy: a record with a default for every value.</summary>
public interface IConvergenceSettings
{
    /// <summary>Peak learning rates.</summary>
    Rates Rates { get; }

    /// <summary>Checks every value.</summary>
    /// <param name="path">Configuration path of the settings, for messages; keys are appended in kebab case.</param>
    /// <exception cref="UserErrorException">A value is out of its range.</exception>
    void Validate(string path);
}
