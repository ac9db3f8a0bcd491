// A number of bytes that is written with a unit: "64 MiB", "64M", "1.5 GB", "4096".
using System.Globalization;

namespace XClassFlow.Stages.Configuration;

/// <summary>
/// A size in bytes. Units are those of HOCON: K, M, G, T and KiB, MiB, GiB, TiB are powers of 1,024; kB, MB, GB, TB are
/// powers of 1,000; none, or B, is bytes.
/// </summary>
/// <param name="Bytes">The size, not negative.</param>
public readonly record struct ByteSize(long Bytes)
{
    private static readonly (string Unit, long Bytes)[] Units =
    [
        ("TiB", 1L << 40), ("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10),
        ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000),
        ("T", 1L << 40), ("G", 1L << 30), ("M", 1L << 20), ("K", 1L << 10),
        ("B", 1), ("", 1),
    ];

    public static ByteSize FromMebibytes(long mebibytes) => new(checked(mebibytes << 20));

    /// <summary>Reads a size; the unit may be in any case and after a space. False for anything that is not a whole number of bytes in a long.</summary>
    public static bool TryParse(string text, out ByteSize size)
    {
        size = default;
        var number = text.TrimEnd();
        var digits = number.TakeWhile(c => char.IsAsciiDigit(c) || c == '.').Count();
        var unit = number[digits..].Trim();
        var known = Units.FirstOrDefault(u => string.Equals(u.Unit, unit, StringComparison.OrdinalIgnoreCase));
        if (known.Unit is null
            || !decimal.TryParse(number.AsSpan(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount))
        {
            return false;
        }

        if (amount > (decimal)long.MaxValue / known.Bytes || amount * known.Bytes != decimal.Truncate(amount * known.Bytes))
        {
            return false;
        }

        size = new ByteSize((long)(amount * known.Bytes));
        return true;
    }

    /// <summary>The size in the largest binary unit that holds it exactly; <see cref="TryParse"/> reads it back.</summary>
    public override string ToString()
    {
        foreach (var (unit, bytes) in Units.Take(4))
        {
            if (Bytes >= bytes && Bytes % bytes == 0)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{Bytes / bytes} {unit}");
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"{Bytes} B");
    }
}
