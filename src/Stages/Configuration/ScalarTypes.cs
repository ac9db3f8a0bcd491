// The types a single text can become, and what each expects.
using System.Globalization;

namespace XClassFlow.Stages.Configuration;

/// <summary>Conversion between the text of a setting and its value.</summary>
internal static class ScalarTypes
{
    private const NumberStyles Whole = NumberStyles.AllowLeadingSign | NumberStyles.AllowExponent | NumberStyles.AllowDecimalPoint;

    public static bool IsScalar(Type type) =>
        type.IsEnum || type == typeof(int) || type == typeof(long) || type == typeof(ulong) || type == typeof(double) || type == typeof(float)
        || type == typeof(bool) || type == typeof(string) || type == typeof(TimeSpan) || type == typeof(ByteSize);

    /// <summary>The value, or null where the text is not one of this type.</summary>
    public static object? Parse(Type type, string text)
    {
        if (type.IsEnum)
        {
            return Enum.GetNames(type).Where(name => KebabCase.Of(name) == text).Select(name => Enum.Parse(type, name)).FirstOrDefault();
        }

        return type switch
        {
            _ when type == typeof(string) => text,
            _ when type == typeof(int) => ParseWhole(text, int.MinValue, int.MaxValue) is { } n ? (int)n : null,
            _ when type == typeof(long) => ParseWhole(text, long.MinValue, long.MaxValue) is { } n ? (long)n : null,
            _ when type == typeof(ulong) => ParseWhole(text, ulong.MinValue, ulong.MaxValue) is { } n ? (ulong)n : null,
            _ when type == typeof(double) => ParseReal(text),
            _ when type == typeof(float) => ParseReal(text) is { } real && float.IsFinite((float)real) ? (float)real : null,
            _ when type == typeof(bool) => ParseSwitch(text),
            _ when type == typeof(TimeSpan) => Duration.TryParse(text, out var duration) ? duration : null,
            _ when type == typeof(ByteSize) => ByteSize.TryParse(text, out var size) ? size : null,
            _ => throw new ArgumentException($"{type} is no scalar type"),
        };
    }

    /// <summary>What to write, for a message.</summary>
    public static string Expected(Type type) => type switch
    {
        _ when type.IsEnum => $"one of {string.Join(", ", Enum.GetNames(type).Select(KebabCase.Of))}",
        _ when type == typeof(int) => "a whole number of 32 bits",
        _ when type == typeof(long) => "a whole number",
        _ when type == typeof(ulong) => "a whole number, not negative",
        _ when type == typeof(double) || type == typeof(float) => "a number such as 0.1 or 1e-4",
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(TimeSpan) => "a duration with its unit such as 200ms, 5s or 2m",
        _ when type == typeof(ByteSize) => "a size such as 4096, 64 MiB or 2G",
        _ => "a text",
    };

    /// <summary>The text that <see cref="Parse"/> reads back as <paramref name="value"/>.</summary>
    public static string Format(object value) => value switch
    {
        Enum e => KebabCase.Of(e.ToString()),
        bool b => b ? "true" : "false",
        TimeSpan t => Duration.Format(t),
        double d => d.ToString("R", CultureInfo.InvariantCulture),
        float f => f.ToString("R", CultureInfo.InvariantCulture),
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    // 1e6 and 1_000_000 are whole numbers too: class counts are easier to read so.
    private static decimal? ParseWhole(string text, decimal min, decimal max) =>
        decimal.TryParse(text.Replace("_", "", StringComparison.Ordinal), Whole, CultureInfo.InvariantCulture, out var n)
        && n >= min && n <= max && n == decimal.Truncate(n) ? n : null;

    private static double? ParseReal(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real) ? real : null;

    private static object? ParseSwitch(string text) => text switch
    {
        "true" or "on" or "yes" => true,
        "false" or "off" or "no" => false,
        _ => null,
    };
}
