// Whether stdout can carry a live display.
using Spectre.Console;

namespace XClassFlow.Cli;

internal static class Terminals
{
    /// <summary>A terminal that moves its cursor, with somebody in front of it: not redirected, not a build server.</summary>
    public static bool IsLive() =>
        AnsiConsole.Profile.Capabilities.Ansi
        && !Console.IsOutputRedirected
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI"))
        && Environment.GetEnvironmentVariable("TERM") is not "dumb";
}
