// A component of a user's class library, found by its name: "Acme.MyBackbone, Acme".
using System.Reflection;
using XClassFlow.Data;

namespace XClassFlow.Stages.Configuration;

/// <summary>
/// Finds a public type that is a <typeparamref name="TComponent"/>, with a nested public <c>Settings</c> type and a public constructor
/// (Settings, <typeparamref name="TContext"/>). The library is loaded already, stands beside the application, or is given by its path.
/// </summary>
internal sealed class ForeignComponent<TComponent, TContext> : IComponentEntry<TComponent, TContext>
{
    private readonly ConstructorInfo constructor;

    /// <param name="type">The node of the key <c>type</c>.</param>
    /// <param name="assembly">The node of the key <c>assembly</c>, or null where it is not written.</param>
    /// <exception cref="UserErrorException">The library, the type or what it must have is not there.</exception>
    public ForeignComponent(ConfigNode type, ConfigNode? assembly)
    {
        var comma = type.Text.IndexOf(',', StringComparison.Ordinal);
        var typeName = type.Text[..comma].Trim();
        var assemblyName = type.Text[(comma + 1)..].Trim();
        if (typeName.Length == 0 || assemblyName.Length == 0)
        {
            throw new UserErrorException($"bad type name '{type.Text}'", type.Where, "write \"Namespace.Class, Assembly\"");
        }

        var found = FindType(ForeignAssembly.Load(assemblyName, type, assembly), typeName, type);
        constructor = FindConstructor(found, type);
        SettingsType = constructor.GetParameters()[0].ParameterType;
    }

    public Type SettingsType { get; }

    public void Check(ConfigNode settings) => SettingsBinder.Bind(SettingsType, settings);

    public TComponent Create(ConfigNode settings, TContext context) =>
        (TComponent)constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, [SettingsBinder.Bind(SettingsType, settings), context], null);

    private static Type FindType(Assembly assembly, string name, ConfigNode node)
    {
        var found = assembly.GetType(name.Replace('/', '+'));
        if (found is null || !found.IsVisible)
        {
            var fit = assembly.GetExportedTypes().Where(t => typeof(TComponent).IsAssignableFrom(t) && !t.IsAbstract).Select(t => t.FullName!).ToList();
            var what = found is null ? "has no type" : "has no public type";
            throw new UserErrorException($"the assembly '{assembly.GetName().Name}' {what} '{name}'", node.Where, Suggestion.Advice(name, fit, "types"));
        }

        if (!typeof(TComponent).IsAssignableFrom(found) || found.IsAbstract || found.ContainsGenericParameters)
        {
            var what = typeof(TComponent).IsAssignableFrom(found) ? "cannot be created" : $"is not a {typeof(TComponent).Name}";
            throw new UserErrorException($"the type '{name}' {what}", node.Where, $"name a class that {Implements()}, is not abstract and not generic");
        }

        return found;
    }

    private static ConstructorInfo FindConstructor(Type type, ConfigNode node)
    {
        var settings = type.GetNestedType("Settings", BindingFlags.Public)
            ?? throw new UserErrorException($"the type '{type.FullName}' has no nested public type Settings", node.Where, "give it: public sealed record Settings(...)");
        return type.GetConstructor([settings, typeof(TContext)])
            ?? throw new UserErrorException(
                $"the type '{type.FullName}' has no public constructor (Settings, {typeof(TContext).Name})",
                node.Where,
                $"give it: public {type.Name}(Settings settings, {typeof(TContext).Name} context)");
    }

    private static string Implements() =>
        typeof(TComponent).IsInterface ? $"implements {typeof(TComponent).FullName}" : $"inherits {typeof(TComponent).FullName}";
}
