// A component that a registry knows by name.
namespace XClassFlow.Stages.Configuration;

/// <summary>How a registered component binds its settings and is made.</summary>
internal interface IComponentEntry<TComponent, TContext>
{
    Type SettingsType { get; }

    /// <summary>Binds the settings without making anything.</summary>
    void Check(ConfigNode settings);

    TComponent Create(ConfigNode settings, TContext context);
}
