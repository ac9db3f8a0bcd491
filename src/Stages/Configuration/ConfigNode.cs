// A parsed piece of configuration that knows where it stands and where it was written.
using System.Collections.Immutable;

namespace XClassFlow.Stages.Configuration;

/// <summary>
/// An immutable configuration tree: members, items, text or null. It knows nothing of the parser it came from; a component
/// receives the subtree that is its own and binds it with <see cref="SettingsBinder"/>.
/// </summary>
public sealed class ConfigNode
{
    private static readonly ImmutableSortedDictionary<string, ConfigNode> NoMembers =
        ImmutableSortedDictionary.Create<string, ConfigNode>(StringComparer.Ordinal);

    private readonly ImmutableSortedDictionary<string, ConfigNode> members;
    private readonly ImmutableArray<ConfigNode> items;
    private readonly string text;

    private ConfigNode(
        ConfigNodeKind kind,
        string path,
        string origin,
        string text,
        ImmutableSortedDictionary<string, ConfigNode> members,
        ImmutableArray<ConfigNode> items)
    {
        Kind = kind;
        Path = path;
        Origin = origin;
        this.text = text;
        this.members = members;
        this.items = items;
    }

    public ConfigNodeKind Kind { get; }

    /// <summary>The full path of the key, from the root of the document; empty for the root itself.</summary>
    public string Path { get; }

    /// <summary>Where the value was written: a file name with its line, or the <c>--set</c> that gave it.</summary>
    public string Origin { get; }

    /// <summary>What messages put first: the path and, where it is known, the origin.</summary>
    public string Where => (Path, Origin) switch
    {
        ({ Length: > 0 }, { Length: > 0 }) => $"{Path} ({Origin})",
        ({ Length: > 0 }, _) => Path,
        (_, { Length: > 0 }) => Origin,
        _ => "configuration",
    };

    public bool IsNull => Kind == ConfigNodeKind.Null;

    /// <summary>The members by key, in ordinal order; empty for other kinds.</summary>
    public IReadOnlyDictionary<string, ConfigNode> Members => members;

    /// <summary>The items in order; empty for other kinds.</summary>
    public IReadOnlyList<ConfigNode> Items => items;

    /// <summary>The scalar as it was written, without quotes.</summary>
    /// <exception cref="InvalidOperationException">The node is of another kind.</exception>
    public string Text => Kind == ConfigNodeKind.Text ? text : throw new InvalidOperationException($"{Where} is not text");

    /// <summary>A node of members; the members are moved under <paramref name="path"/>.</summary>
    public static ConfigNode OfMembers(IEnumerable<KeyValuePair<string, ConfigNode>> members, string origin = "", string path = "") =>
        new(ConfigNodeKind.Members, path, origin, "",
            NoMembers.AddRange(members.Select(m => KeyValuePair.Create(m.Key, m.Value.At(ConfigPath.Join(path, m.Key))))), []);

    /// <summary>A list; the items are moved under <paramref name="path"/>.</summary>
    public static ConfigNode OfItems(IEnumerable<ConfigNode> items, string origin = "", string path = "") =>
        new(ConfigNodeKind.Items, path, origin, "", NoMembers, [.. items.Select((item, i) => item.At(ConfigPath.Item(path, i)))]);

    public static ConfigNode OfText(string text, string origin = "", string path = "") =>
        new(ConfigNodeKind.Text, path, origin, text, NoMembers, []);

    public static ConfigNode OfNull(string origin = "", string path = "") =>
        new(ConfigNodeKind.Null, path, origin, "", NoMembers, []);

    /// <summary>No members: every setting takes its default.</summary>
    public static ConfigNode Empty(string path = "", string origin = "") =>
        new(ConfigNodeKind.Members, path, origin, "", NoMembers, []);

    /// <summary>The same content at another place of the document.</summary>
    public ConfigNode At(string path) => path == Path ? this : Kind switch
    {
        ConfigNodeKind.Members => OfMembers(members, Origin, path),
        ConfigNodeKind.Items => OfItems(items, Origin, path),
        ConfigNodeKind.Text => OfText(text, Origin, path),
        _ => OfNull(Origin, path),
    };

    /// <summary>The member, or null where there is none.</summary>
    public ConfigNode? Find(string key) => members.GetValueOrDefault(key);

    /// <summary>The member, or an empty one at its path: a component whose block is not written takes its defaults.</summary>
    public ConfigNode Section(string key) => Find(key) ?? Empty(ConfigPath.Join(Path, key), Origin);

    /// <summary>
    /// This node over <paramref name="fallback"/>: members of both are merged at every depth, anything else of this node
    /// (text, lists, null) replaces what the fallback has. The result stands at this node's path.
    /// </summary>
    public ConfigNode WithFallback(ConfigNode fallback)
    {
        if (Kind != ConfigNodeKind.Members || fallback.Kind != ConfigNodeKind.Members)
        {
            return this;
        }

        var merged = fallback.members.SetItems(
            members.Select(m => KeyValuePair.Create(m.Key, fallback.Find(m.Key) is { } below ? m.Value.WithFallback(below) : m.Value)));
        return OfMembers(merged, Origin, Path);
    }

    /// <summary>Whether both hold the same; paths and origins do not count.</summary>
    public bool ContentEquals(ConfigNode other) =>
        Kind == other.Kind
        && text == other.text
        && items.Length == other.items.Length
        && members.Count == other.members.Count
        && items.Zip(other.items).All(pair => pair.First.ContentEquals(pair.Second))
        && members.All(m => other.Find(m.Key) is { } theirs && m.Value.ContentEquals(theirs));

    /// <summary>The tree as a HOCON document; equal content gives equal text.</summary>
    public string ToHocon() => HoconText.Document(this);

    /// <summary>The tree as it may be shown: texts that can be secrets, <see cref="ConfigSecrets"/>, are hidden.</summary>
    public ConfigNode WithoutSecrets() => Kind switch
    {
        ConfigNodeKind.Members => OfMembers(members.Select(m => KeyValuePair.Create(m.Key, m.Value.WithoutSecrets())), Origin, Path),
        ConfigNodeKind.Items => OfItems(items.Select(i => i.WithoutSecrets()), Origin, Path),
        ConfigNodeKind.Text when ConfigSecrets.MayBe(Path, text) => OfText(ConfigSecrets.Hidden, Origin, Path),
        _ => this,
    };

    /// <summary>The value on one line, without secrets, cut to a length that a message can carry.</summary>
    public override string ToString()
    {
        const int Longest = 80;
        var line = HoconText.Inline(WithoutSecrets());
        return line.Length <= Longest ? line : $"{line[..Longest]}...";
    }
}
