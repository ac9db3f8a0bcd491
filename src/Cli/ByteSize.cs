// Amounts of memory, as written on the command line: 4GiB, 512MiB, 1000000.
using System.CommandLine;
using System.Globalization;

namespace XClassFlow.Cli;

internal static class ByteSize
{
    private static readonly (string Suffix, long Bytes)[] Units = [("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40), ("", 1)];

    /// <summary>Reads a number with a unit, or of bytes; null where the text is none.</summary>
    public static long? Parse(string text)
    {
        var (suffix, unit) = Units.First(u => text.EndsWith(u.Suffix, StringComparison.OrdinalIgnoreCase));
        return double.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount)
            && amount * unit is >= 1 and < 1e18
                ? (long)(amount * unit) : null;
    }

    public static Option<long?> Option(string name, string description) => new(name)
    {
        HelpName = "SIZE",
        Description = description,
        CustomParser = result =>
        {
            var size = Parse(result.Tokens[0].Value);
            if (size is null)
            {
                result.AddError($"{name} '{result.Tokens[0].Value}' is not a size, such as 4GiB");
            }

            return size;
        },
    };
}
