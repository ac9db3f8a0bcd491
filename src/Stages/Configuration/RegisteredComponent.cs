// A component registered in code, with a function that makes it.
namespace XClassFlow.Stages.Configuration;

/// <inheritdoc/>
internal sealed class RegisteredComponent<TComponent, TContext, TSettings>(Func<TSettings, TContext, TComponent> create)
    : IComponentEntry<TComponent, TContext>
    where TSettings : notnull
{
    public Type SettingsType => typeof(TSettings);

    public void Check(ConfigNode settings) => SettingsBinder.Bind<TSettings>(settings);

    public TComponent Create(ConfigNode settings, TContext context) => create(SettingsBinder.Bind<TSettings>(settings), context);
}
