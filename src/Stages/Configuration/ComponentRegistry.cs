// Components by name: built-in ones and a user's own go through the same door.
using XClassFlow.Data;

namespace XClassFlow.Stages.Configuration;

/// <summary>
/// Makes components from blocks such as <c>{ type = convnet, convnet { embedding = 128 } }</c>. The key <c>type</c> picks the component and the
/// block of that name is its settings. Blocks of the other known names may stand beside it and are checked too. A type with a comma,
/// <c>"Acme.MyBackbone, Acme"</c>, is a class of a user's library: its settings are in the block <c>settings</c>, and the key <c>assembly</c> may give
/// the library's path.
/// </summary>
/// <typeparam name="TComponent">What is made.</typeparam>
/// <typeparam name="TContext">What every component is given besides its settings.</typeparam>
/// <param name="kind">What the components are called in messages ("backbone").</param>
public sealed class ComponentRegistry<TComponent, TContext>(string kind)
{
    private const string TypeKey = "type";
    private const string AssemblyKey = "assembly";
    private const string SettingsKey = "settings";

    private readonly SortedDictionary<string, IComponentEntry<TComponent, TContext>> entries = new(StringComparer.Ordinal);

    public string Kind => kind;

    /// <summary>The settings type of every registered component, by name.</summary>
    public IReadOnlyDictionary<string, Type> SettingsTypes =>
        entries.ToDictionary(e => e.Key, e => e.Value.SettingsType, StringComparer.Ordinal);

    /// <summary>Adds a component under a name.</summary>
    /// <exception cref="ArgumentException">The name is taken or has a meaning of its own.</exception>
    public ComponentRegistry<TComponent, TContext> Register<TSettings>(string name, Func<TSettings, TContext, TComponent> create)
        where TSettings : notnull
    {
        if (name is TypeKey or AssemblyKey or SettingsKey || name.Contains(',', StringComparison.Ordinal))
        {
            throw new ArgumentException($"'{name}' cannot be the name of a {kind}", nameof(name));
        }

        entries.Add(name, new RegisteredComponent<TComponent, TContext, TSettings>(create));
        return this;
    }

    /// <summary>Makes the component that the node describes; the caller owns it.</summary>
    /// <exception cref="UserErrorException">The node names no known component, or a block in it does not bind.</exception>
    public TComponent Create(ConfigNode node, TContext context)
    {
        var (entry, settings) = Resolve(node);
        return entry.Create(settings, context);
    }

    /// <summary>Checks the node, all its blocks and a user's type as <see cref="Create"/> does, without making anything.</summary>
    /// <exception cref="UserErrorException">As in <see cref="Create"/>.</exception>
    public void Check(ConfigNode node)
    {
        var (entry, settings) = Resolve(node);
        entry.Check(settings);
    }

    private (IComponentEntry<TComponent, TContext> Entry, ConfigNode Settings) Resolve(ConfigNode node)
    {
        if (node.Kind != ConfigNodeKind.Members)
        {
            throw new UserErrorException($"bad value {node}", node.Where, $"write {{ type = NAME }} with a {kind} of {Names()}");
        }

        if (node.Find(TypeKey) is not { } type || type.IsNull)
        {
            throw new UserErrorException("missing required key", node.Section(TypeKey).Where, $"write type = NAME with a {kind} of {Names()}");
        }

        if (type.Kind != ConfigNodeKind.Text)
        {
            throw new UserErrorException($"bad value {type}", type.Where, $"expected the name of a {kind}: {Names()}");
        }

        var foreign = type.Text.Contains(',', StringComparison.Ordinal);
        CheckBlocks(node, foreign);
        if (foreign)
        {
            var path = node.Find(AssemblyKey);
            return (new ForeignComponent<TComponent, TContext>(type, path is { IsNull: true } ? null : path), node.Section(SettingsKey));
        }

        if (!entries.TryGetValue(type.Text, out var entry))
        {
            throw new UserErrorException(
                $"unknown {kind} '{type.Text}'",
                type.Where,
                $"{Suggestion.Advice(type.Text, entries.Keys, "names")}; or a class of yours as \"Namespace.Class, Assembly\"");
        }

        return (entry, node.Section(type.Text));
    }

    // A misspelt key must not wait in an unselected block until somebody selects it.
    private void CheckBlocks(ConfigNode node, bool foreign)
    {
        foreach (var (key, block) in node.Members)
        {
            if (entries.TryGetValue(key, out var entry))
            {
                entry.Check(block);
            }
            else if (key is AssemblyKey or SettingsKey)
            {
                if (!foreign && !block.IsNull)
                {
                    throw new UserErrorException($"'{key}' is only for a class of yours", block.Where, $"the settings of a built-in {kind} go into the block of its name");
                }
            }
            else if (key != TypeKey)
            {
                throw new UserErrorException(
                    $"unknown key '{key}' with the value {block}",
                    block.Where,
                    Suggestion.Advice(key, [TypeKey, AssemblyKey, SettingsKey, .. entries.Keys], "keys"));
            }
        }
    }

    private string Names() => string.Join(", ", entries.Keys);
}
