// Turns configuration into settings records, strictly: what is not understood is an error.
using System.Collections;
using XClassFlow.Data;

namespace XClassFlow.Stages.Configuration;

/// <summary>
/// Binds a node to a settings record by its constructor parameters and init properties; keys are the kebab-case names.
/// A missing key takes the default of the parameter or the initializer; a nested record that is not written is bound from nothing, so
/// its own defaults and required keys hold. After binding, a public <c>void Validate(string path)</c> of the record is called.
/// Types: int, long, ulong, double, float, bool, string, enums, <see cref="TimeSpan"/>, <see cref="ByteSize"/>, lists, dictionaries by
/// name, nested records, nullable of these, and <see cref="ConfigNode"/> for a subtree that somebody else will bind.
/// </summary>
public static class SettingsBinder
{
    /// <exception cref="UserErrorException">An unknown key, a missing required key or a bad value; one line with the full path.</exception>
    public static T Bind<T>(ConfigNode node)
        where T : notnull => (T)Bind(typeof(T), node);

    /// <inheritdoc cref="Bind{T}"/>
    public static object Bind(Type type, ConfigNode node)
    {
        if (node.Kind != ConfigNodeKind.Members)
        {
            throw Bad(node, "a block { ... }");
        }

        var shape = SettingsShape.Of(type);
        RefuseUnknown(shape, node);
        var arguments = shape.Parameters.Select(p => Missing(p, node, out var value) ? value : BindMember(p, node)).ToArray();
        var properties = shape.Properties
            .Where(p => !Missing(p, node, out _))
            .Select(p => (p.Property!, BindMember(p, node)))
            .ToList();
        var settings = Guard(node, () => shape.Create(arguments, properties));
        Guard(node, () =>
        {
            shape.CallValidate(settings, node.Path);
            return settings;
        });
        return settings;
    }

    private static void RefuseUnknown(SettingsShape shape, ConfigNode node)
    {
        var known = shape.Members.Select(m => m.Key).ToList();
        foreach (var (key, value) in node.Members)
        {
            if (!known.Contains(key))
            {
                throw new UserErrorException($"unknown key '{key}' with the value {value}", value.Where, Suggestion.Advice(key, known, "keys"));
            }
        }
    }

    // True where the key is not written; the value is then what the parameter is without it.
    private static bool Missing(SettingMember member, ConfigNode node, out object? value)
    {
        value = member.Default;
        if (node.Find(member.Key) is not null)
        {
            return false;
        }

        if (member.Required)
        {
            if (!IsRecord(member.Type))
            {
                var instead = $"write {member.Key} = {(ScalarTypes.IsScalar(Plain(member.Type)) ? $"with {ScalarTypes.Expected(Plain(member.Type))}" : "...")}";
                throw new UserErrorException("missing required key", node.Section(member.Key).Where, instead);
            }

            value = Bind(member.Type, node.Section(member.Key));
        }

        return true;
    }

    private static object? BindMember(SettingMember member, ConfigNode node)
    {
        var written = node.Find(member.Key)!;
        if (written.IsNull && Plain(member.Type) != typeof(ConfigNode))
        {
            return member.AllowsNull ? null : throw Bad(written, Expected(member.Type));
        }

        return BindValue(member.Type, written);
    }

    private static object BindValue(Type declared, ConfigNode node)
    {
        var type = Plain(declared);
        if (type == typeof(ConfigNode))
        {
            return node;
        }

        if (ScalarTypes.IsScalar(type))
        {
            return node.Kind == ConfigNodeKind.Text && ScalarTypes.Parse(type, node.Text) is { } value ? value : throw Bad(node, Expected(type));
        }

        if (ItemType(type) is { } item)
        {
            return BindItems(type, item, node);
        }

        return NamedType(type) is { } named ? BindNamed(named, node) : Bind(type, node);
    }

    private static object BindItems(Type type, Type item, ConfigNode node)
    {
        if (node.Kind != ConfigNodeKind.Items)
        {
            throw Bad(node, "a list [ ... ]");
        }

        var array = Array.CreateInstance(item, node.Items.Count);
        for (var i = 0; i < node.Items.Count; i++)
        {
            array.SetValue(BindValue(item, node.Items[i]), i);
        }

        return type.IsAssignableFrom(array.GetType()) ? array : Activator.CreateInstance(type, array)!;
    }

    private static IDictionary BindNamed(Type type, ConfigNode node)
    {
        if (node.Kind != ConfigNodeKind.Members)
        {
            throw Bad(node, "a block { name = ... }");
        }

        var named = (IDictionary)Activator.CreateInstance(typeof(SortedDictionary<,>).MakeGenericType(typeof(string), type), StringComparer.Ordinal)!;
        foreach (var (name, value) in node.Members)
        {
            named.Add(name, BindValue(type, value));
        }

        return named;
    }

    // A constructor or Validate may refuse what the types cannot; its words become the user's line.
    private static object Guard(ConfigNode node, Func<object> action)
    {
        try
        {
            return action();
        }
        catch (ArgumentException e)
        {
            throw new UserErrorException(e.Message, node.Where, "", e);
        }
    }

    private static UserErrorException Bad(ConfigNode node, string expected) =>
        new($"bad value {node}", node.Where, $"expected {expected}");

    private static string Expected(Type type) => Plain(type) switch
    {
        var t when ScalarTypes.IsScalar(t) => ScalarTypes.Expected(t),
        var t when ItemType(t) is not null => "a list [ ... ]",
        _ => "a block { ... }",
    };

    internal static Type Plain(Type type) => Nullable.GetUnderlyingType(type) ?? type;

    /// <summary>Whether values of the type are bound member by member.</summary>
    internal static bool IsRecord(Type type) =>
        !ScalarTypes.IsScalar(Plain(type)) && type != typeof(ConfigNode) && ItemType(type) is null && NamedType(type) is null
        && Nullable.GetUnderlyingType(type) is null;

    /// <summary>The type of a list's items, or null where the type is no list.</summary>
    internal static Type? ItemType(Type type)
    {
        if (type.IsArray)
        {
            return type.GetElementType();
        }

        return type.IsGenericType && type.GetGenericArguments() is [var item]
            && typeof(IEnumerable).IsAssignableFrom(type) && (type.IsInterface || type.GetGenericTypeDefinition() == typeof(List<>))
            ? item : null;
    }

    /// <summary>The type of a dictionary's values, or null where the type is no dictionary by name.</summary>
    internal static Type? NamedType(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>)
        && type.GetGenericArguments() is [var key, var value] && key == typeof(string) ? value : null;
}
