// A block of keys, and the rules by which a later value of a key meets an earlier one.
using XClassFlow.Data;
using XClassFlow.Stages.Configuration;

namespace XClassFlow.Cluster.Configuration;

/// <summary>A block. It is filled while it is read and layered, and not changed afterwards.</summary>
internal sealed record HoconObject(HoconOrigin Origin) : HoconValue(Origin)
{
    private readonly Dictionary<string, HoconValue> members = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, HoconValue> Members => members;

    /// <summary>Puts a value at a path of keys below this block: blocks merge, anything else replaces.</summary>
    /// <exception cref="UserErrorException">A block follows a substitution of the same document, which Akka's parser would replace by it.</exception>
    public void Put(ReadOnlySpan<string> path, HoconValue value)
    {
        if (path.Length > 1)
        {
            var between = new HoconObject(value.Origin);
            between.Put(path[1..], value);
            Put(path[..1], between);
            return;
        }

        members[path[0]] = members.TryGetValue(path[0], out var earlier) ? Meet(path[0], earlier, value) : value;
    }

    /// <summary>Puts every member of <paramref name="later"/> over this block.</summary>
    public void Merge(HoconObject later)
    {
        foreach (var (key, value) in later.members)
        {
            Put([key], value);
        }
    }

    private static HoconValue Meet(string key, HoconValue earlier, HoconValue later)
    {
        if (earlier is HoconObject block && later is HoconObject over)
        {
            block.Merge(over);

            // What is missing in a block is to be written into the user's file, not into the reference below it.
            return over.Origin.Line > 0 && over.Origin.Source != block.Origin.Source ? block with { Origin = over.Origin } : block;
        }

        if (earlier is HoconLayers { Later: HoconObject } layers && later is HoconObject)
        {
            return layers with { Later = Meet(key, layers.Later, later) };
        }

        if (later is HoconObject && IsOpen(earlier) && earlier.Origin.Source == later.Origin.Source)
        {
            throw new UserErrorException(
                $"a block for '{ConfigPath.Quote(key)}' follows its substitution of line {earlier.Origin.Line}, and readers of HOCON disagree about what that means",
                later.Origin.ToString(),
                $"write it in one place: {ConfigPath.Quote(key)} = ${{...}} {{ ... }}");
        }

        var mayMerge = (IsOpen(later) && (earlier is HoconObject || IsOpen(earlier))) || (later is HoconObject && IsOpen(earlier));
        return mayMerge ? new HoconLayers(later.Origin, earlier, later) : later;
    }

    // What it is shows only when it is resolved.
    private static bool IsOpen(HoconValue value) =>
        value is HoconReference or HoconLayers || (value is HoconParts parts && !parts.Parts.Any(p => p is HoconScalar { Blank: false }));
}
