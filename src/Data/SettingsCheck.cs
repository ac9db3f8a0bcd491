// Range checks of settings, with one way to say what is wrong.
using System.Globalization;
using System.Numerics;

namespace XClassFlow.Data;

/// <summary>Each check throws <see cref="UserErrorException"/> naming path.key, the value and the range.</summary>
internal static class SettingsCheck
{
    public static void Range<T>(T value, T low, T high, string path, string key)
        where T : INumber<T>
    {
        // Written so that NaN fails too.
        if (!(value >= low && value <= high))
        {
            var invariant = CultureInfo.InvariantCulture;
            throw new UserErrorException($"the value is {value.ToString(null, invariant)}", Join(path, key),
                $"write a number from {low.ToString(null, invariant)} to {high.ToString(null, invariant)}");
        }
    }

    /// <summary>The full path of a key; an empty path leaves the key alone.</summary>
    public static string Join(string path, string key) => path.Length == 0 || path.EndsWith('.') ? path + key : $"{path}.{key}";

    public static void Defined<T>(T value, string path, string key)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            throw new UserErrorException($"the value is {value}", Join(path, key), $"write one of {string.Join(", ", Enum.GetNames<T>())}");
        }
    }
}
