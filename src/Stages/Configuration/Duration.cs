// Durations with a unit: "5s", "200ms", "2 minutes".
using System.Globalization;

namespace XClassFlow.Stages.Configuration;

/// <summary>Reads and writes durations in HOCON's units. A number without a unit is refused: nobody remembers which one it would be.</summary>
internal static class Duration
{
    private static readonly (string[] Names, long Ticks)[] Units =
    [
        (["d", "day", "days"], TimeSpan.TicksPerDay),
        (["h", "hour", "hours"], TimeSpan.TicksPerHour),
        (["m", "minute", "minutes"], TimeSpan.TicksPerMinute),
        (["s", "second", "seconds"], TimeSpan.TicksPerSecond),
        (["ms", "milli", "millis", "millisecond", "milliseconds"], TimeSpan.TicksPerMillisecond),
        (["us", "micro", "micros", "microsecond", "microseconds"], TimeSpan.TicksPerMicrosecond),
    ];

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        var trimmed = text.Trim();
        var digits = trimmed.TakeWhile(c => char.IsAsciiDigit(c) || c == '.').Count();
        var unit = trimmed[digits..].Trim();
        var ticks = Units.FirstOrDefault(u => u.Names.Contains(unit)).Ticks;
        if (ticks == 0
            || !decimal.TryParse(trimmed.AsSpan(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount)
            || amount > (decimal)long.MaxValue / ticks)
        {
            return false;
        }

        duration = TimeSpan.FromTicks((long)(amount * ticks));
        return true;
    }

    /// <summary>The duration in the largest unit that holds it exactly.</summary>
    public static string Format(TimeSpan duration)
    {
        foreach (var (names, ticks) in Units)
        {
            if (duration.Ticks >= ticks && duration.Ticks % ticks == 0)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{duration.Ticks / ticks}{names[0]}");
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"{(decimal)duration.Ticks / TimeSpan.TicksPerSecond}s");
    }
}
