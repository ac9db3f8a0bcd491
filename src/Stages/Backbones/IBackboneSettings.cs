// What every backbone's settings can do: check themselves before anything is built.
using XClassFlow.Data;

namespace XClassFlow.Stages.Backbones;

/// <summary>Settings of a backbone: a record with a default for every value.</summary>
public interface IBackboneSettings
{
    /// <summary>Checks every value.</summary>
    /// <param name="path">Configuration path of the settings, for messages; keys are appended in kebab case.</param>
    /// <exception cref="UserErrorException">A value is out of its range.</exception>
    void Validate(string path);
}
