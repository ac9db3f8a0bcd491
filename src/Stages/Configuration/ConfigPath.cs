// Paths of keys: how they are joined, and when a key must be quoted.
namespace XClassFlow.Stages.Configuration;

/// <summary>Key paths such as <c>xclassflow.head."a.b".margin</c> and <c>xclassflow.layers[2]</c>.</summary>
public static class ConfigPath
{
    /// <summary>The path of <paramref name="key"/> inside <paramref name="parent"/>; an empty parent is the root.</summary>
    public static string Join(string parent, string key) =>
        parent.Length == 0 ? Quote(key) : $"{parent}.{Quote(key)}";

    /// <summary>The path of an item of a list.</summary>
    public static string Item(string list, int index) => $"{list}[{index}]";

    /// <summary>The key as it is written in a document: quoted when it has a character that means something there.</summary>
    public static string Quote(string key) =>
        key.Length > 0 && key != "include" && key.All(IsPlain) ? key : HoconText.Quoted(key);

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_';
}
