// The checks that settings records share, with one way to say what is wrong.
using System.Globalization;
using System.Numerics;

namespace XClassFlow.Data;

/// <summary>Each check throws a <see cref="UserErrorException"/> that names path.key, the value, and what to write instead.</summary>
public static class SettingsCheck
{
    /// <summary>Requires low &lt;= value &lt;= high.</summary>
    /// <param name="path">Path of the block.</param>
    /// <param name="key">The key in it.</param>
    /// <param name="value">Its value.</param>
    /// <param name="low">The smallest that is allowed.</param>
    /// <param name="high">The largest.</param>
    /// <param name="hint">What may help besides the range.</param>
    /// <exception cref="UserErrorException">It is not.</exception>
    public static void Within<T>(string path, string key, T value, T low, T high, string hint = "")
        where T : INumber<T>
        // Written so that NaN fails too.
        => Require(value >= low && value <= high, path, key, value, $"write a number from {Text(low)} to {Text(high)}{(hint.Length > 0 ? $"; {hint}" : "")}");

    /// <summary>Requires a positive finite value.</summary>
    /// <exception cref="UserErrorException">It is not.</exception>
    public static void Positive<T>(string path, string key, T value, string hint = "")
        where T : INumber<T>
        => Require(value > T.Zero && T.IsFinite(value), path, key, value, $"write a number above 0{(hint.Length > 0 ? $"; {hint}" : "")}");

    /// <summary>Requires a value from 0 up to, but not, a limit.</summary>
    /// <exception cref="UserErrorException">It is not.</exception>
    public static void Below<T>(string path, string key, T value, T limit)
        where T : INumber<T>
        => Require(value >= T.Zero && value < limit, path, key, value, $"write a number from 0 up to, but not, {Text(limit)}");

    /// <summary>Requires a value of the enumeration.</summary>
    /// <exception cref="UserErrorException">It is not.</exception>
    public static void Known<T>(string path, string key, T value)
        where T : struct, Enum
        => Require(Enum.IsDefined(value), path, key, value, $"write one of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}");

    /// <summary>A requirement of any other kind.</summary>
    /// <exception cref="UserErrorException">It does not hold.</exception>
    public static void Require(bool holds, string path, string key, object value, string instead)
    {
        if (!holds)
        {
            throw Wrong(path, key, value, instead);
        }
    }

    /// <summary>The error of a value.</summary>
    public static UserErrorException Wrong(string path, string key, object value, string instead) =>
        new($"{Text(value)} is out of range", Join(path, key), instead);

    /// <summary>The full path of a key; an empty path leaves the key alone.</summary>
    public static string Join(string path, string key) => path.Length == 0 || path.EndsWith('.') ? path + key : $"{path}.{key}";

    private static string Text(object value) => value is IFormattable f ? f.ToString(null, CultureInfo.InvariantCulture) : value.ToString() ?? "null";
}
