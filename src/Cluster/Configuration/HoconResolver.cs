// Resolves substitutions in the layered document, so that they see what --set and the user's file say.
using XClassFlow.Data;
using XClassFlow.Stages.Configuration;

namespace XClassFlow.Cluster.Configuration;

/// <summary>Makes the final tree of a document whose layers are all in place.</summary>
/// <param name="root">The layered document.</param>
internal sealed class HoconResolver(HoconObject root)
{
    private readonly List<HoconReference> inProgress = [];

    /// <exception cref="UserErrorException">A substitution has no value or leads back to itself, or unlike values stand side by side.</exception>
    public ConfigNode Resolve() => Resolve(root, "");

    private ConfigNode Resolve(HoconValue value, string path)
    {
        var origin = value.Origin.ToString();
        switch (value)
        {
            case HoconScalar { Text: null }:
                return ConfigNode.OfNull(origin, path);
            case HoconScalar scalar:
                return ConfigNode.OfText(scalar.Text, origin, path);
            case HoconObject block:
                return ConfigNode.OfMembers(
                    block.Members.Select(m => KeyValuePair.Create(m.Key, Resolve(m.Value, ConfigPath.Join(path, m.Key)))), origin, path);
            case HoconArray list:
                return ConfigNode.OfItems(list.Items.Select((item, i) => Resolve(item, ConfigPath.Item(path, i))), origin, path);
            case HoconReference reference:
                return Follow(reference).At(path);
            case HoconLayers layers:
                return Resolve(layers.Later, path).WithFallback(Resolve(layers.Earlier, path));
            case HoconParts parts:
                return Join(parts, path);
            default:
                throw new InvalidOperationException($"unknown value {value.GetType()}");
        }
    }

    private ConfigNode Follow(HoconReference reference)
    {
        if (inProgress.Contains(reference))
        {
            throw new UserErrorException($"the substitution {Written(reference)} leads back to itself", reference.Origin.ToString(), "write the value in one place");
        }

        inProgress.Add(reference);
        var found = Find(root, reference.Path, 0, "") ?? throw Unresolved(reference);
        inProgress.Remove(reference);
        return found;
    }

    // Walks blocks unresolved, so that a reference to a sibling does not need the block both are in.
    private ConfigNode? Find(HoconValue value, IReadOnlyList<string> keys, int depth, string path)
    {
        if (depth == keys.Count)
        {
            return Resolve(value, path);
        }

        if (value is HoconObject block)
        {
            return block.Members.TryGetValue(keys[depth], out var member)
                ? Find(member, keys, depth + 1, ConfigPath.Join(path, keys[depth]))
                : null;
        }

        var node = Resolve(value, path);
        return keys.Skip(depth).Aggregate((ConfigNode?)node, (n, key) => n?.Find(key));
    }

    private ConfigNode Join(HoconParts parts, string path)
    {
        var origin = parts.Origin.ToString();
        var nodes = parts.Parts.Select(p => (Node: Resolve(p, path), Blank: p is HoconScalar { Blank: true })).ToList();
        var solid = nodes.Where(n => !n.Blank).Select(n => n.Node).ToList();
        if (solid.TrueForAll(n => n.Kind == ConfigNodeKind.Members))
        {
            return solid.Aggregate((below, over) => over.WithFallback(below));
        }

        if (solid.TrueForAll(n => n.Kind == ConfigNodeKind.Items))
        {
            return ConfigNode.OfItems(solid.SelectMany(n => n.Items), origin, path);
        }

        if (solid.TrueForAll(n => n.Kind is ConfigNodeKind.Text or ConfigNodeKind.Null))
        {
            return ConfigNode.OfText(string.Concat(nodes.Select(n => n.Node.IsNull ? "null" : n.Node.Text)), origin, path);
        }

        throw new UserErrorException(
            $"texts, lists and blocks side by side at '{path}'", origin, "start the next key on a new line, or check what the substitutions stand for");
    }

    private UserErrorException Unresolved(HoconReference reference)
    {
        var prefixed = new HoconReference(reference.Origin, [HoconLoader.RootKey, .. reference.Path]);
        var instead = Find(root, prefixed.Path, 0, "") is not null
            ? $"write {Written(prefixed)}"
            : "substitutions name a key of the configuration by its full path; the environment is not read, use --set path=value";
        return new UserErrorException($"the substitution {Written(reference)} has no value", reference.Origin.ToString(), instead);
    }

    private static string Written(HoconReference reference) => $"${{{string.Join('.', reference.Path.Select(ConfigPath.Quote))}}}";
}
