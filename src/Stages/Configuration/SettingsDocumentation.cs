// Every key that a settings type understands, with its default: what reference.conf must hold.
namespace XClassFlow.Stages.Configuration;

/// <summary>Lists the keys of settings types; a test compares the list with reference.conf.</summary>
public static class SettingsDocumentation
{
    /// <summary>
    /// The keys of <paramref name="settings"/> below <paramref name="path"/>, nested records included, in the order they are declared.
    /// A subtree that somebody else binds (<see cref="ConfigNode"/>) and a dictionary are one entry each.
    /// </summary>
    public static IReadOnlyList<SettingKey> KeysOf(Type settings, string path = "")
    {
        var keys = new List<SettingKey>();
        Collect(SettingsShape.Of(settings), path, keys);
        return keys;
    }

    /// <inheritdoc cref="KeysOf(Type, string)"/>
    public static IReadOnlyList<SettingKey> KeysOf<T>(string path = "") => KeysOf(typeof(T), path);

    private static void Collect(SettingsShape shape, string path, List<SettingKey> keys)
    {
        var defaults = DefaultInstance(shape);
        foreach (var member in shape.Members)
        {
            var at = ConfigPath.Join(path, member.Key);
            var type = SettingsBinder.Plain(member.Type);
            var value = member.Property is { } property && defaults is not null ? property.GetValue(defaults) : member.Default;
            if (SettingsBinder.IsRecord(type) && (value is not null || !member.AllowsNull))
            {
                Collect(SettingsShape.Of(type), at, keys);
            }
            else
            {
                keys.Add(new SettingKey(at, type, member.Required, member.Required ? null : Render(value)));
            }
        }
    }

    // Initializers of properties show only on an instance; a type with required keys is asked with nothing in their place.
    private static object? DefaultInstance(SettingsShape shape) => shape.Properties.Count == 0
        ? null
        : shape.Create([.. shape.Parameters.Select(p => p.Default ?? (p.Type.IsValueType ? Activator.CreateInstance(p.Type) : null))], []);

    private static string Render(object? value) => value switch
    {
        null => "null",
        ConfigNode node => node.ToString(),
        _ when ScalarTypes.IsScalar(value.GetType()) => ConfigNode.OfText(ScalarTypes.Format(value)).ToString(),
        System.Collections.IDictionary => "{}",
        System.Collections.IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Select(Render))}]",
        _ => "{}",
    };
}
