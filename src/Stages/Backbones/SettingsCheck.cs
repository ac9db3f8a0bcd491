// The range checks that settings records share; each failure names the path, the value and the range.
using System.Globalization;
using System.Numerics;
using XClassFlow.Data;

namespace XClassFlow.Stages.Backbones;

/// <summary>Range checks of settings.</summary>
public static class SettingsCheck
{
    /// <summary>Requires low &lt;= value &lt;= high.</summary>
    /// <exception cref="UserErrorException">It is not.</exception>
    public static void Within<T>(string path, string key, T value, T low, T high)
        where T : INumber<T>
    {
        // The comparison is written so that NaN fails it.
        if (!(value >= low && value <= high))
        {
            throw Wrong(path, key, value, $"write a value from {Text(low)} to {Text(high)}");
        }
    }

    /// <summary>Requires a positive finite value.</summary>
    /// <exception cref="UserErrorException">It is not.</exception>
    public static void Positive<T>(string path, string key, T value)
        where T : INumber<T>
    {
        if (!(value > T.Zero) || !T.IsFinite(value))
        {
            throw Wrong(path, key, value, "write a value above 0");
        }
    }

    /// <summary>Requires a value of the enumeration.</summary>
    /// <exception cref="UserErrorException">It is not.</exception>
    public static void Known<T>(string path, string key, T value)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            throw Wrong(path, key, value, $"write one of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}");
        }
    }

    /// <summary>The error of a value, for checks of other kinds.</summary>
    public static UserErrorException Wrong(string path, string key, object value, string instead) =>
        new($"{Text(value)} is not possible", path.Length == 0 ? key : $"{path}.{key}", instead);

    private static string Text(object value) => value is IFormattable f ? f.ToString(null, CultureInfo.InvariantCulture) : value.ToString() ?? "null";
}
