// One --set path=value.
using XClassFlow.Data;

namespace XClassFlow.Cluster.Configuration;

/// <summary>Reads an override; its value is HOCON: a text, a number, a list, a block or a substitution.</summary>
internal static class HoconOverride
{
    /// <returns>The full path with its top-level key, and the value.</returns>
    /// <exception cref="UserErrorException">There is no '=', no path or no value, or they are not understood.</exception>
    public static (string[] Path, HoconValue Value) Read(string set)
    {
        var equals = FindEquals(set);

        // Named by its path alone: the value may be a secret, and messages are kept and shown.
        var name = $"--set {(equals < 0 ? set.Split(' ')[0] : set[..equals].Trim())}".TrimEnd();
        if (equals <= 0 || set[..equals].Trim().Length == 0)
        {
            throw new UserErrorException("no path=value", name, "write --set path=value");
        }

        var path = Reader(name, set[..equals].Trim()).ReadWholePath();
        var value = Reader(name, set[(equals + 1)..]).ReadWholeValue();
        return (path[0] is HoconLoader.RootKey or HoconLoader.AkkaKey ? path : [HoconLoader.RootKey, .. path], value);
    }

    // A key in quotes may hold '='.
    private static int FindEquals(string set)
    {
        var quoted = false;
        for (var i = 0; i < set.Length; i++)
        {
            quoted ^= set[i] == '"';
            if (set[i] == '=' && !quoted)
            {
                return i;
            }
        }

        return -1;
    }

    private static HoconReader Reader(string name, string text) => new(
        new HoconSource(name, text, HasLines: false),
        (_, place) => throw new UserErrorException("include is only for files", place.ToString(), "write the value itself"));
}
