// What the process's exit code means.
namespace XClassFlow.Cli;

/// <summary>Exit codes of the command.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>It started and failed.</summary>
    public const int Failed = 1;

    /// <summary>The command line, the configuration or the input is wrong.</summary>
    public const int UserError = 2;

    /// <summary>Ended on request (128 + SIGINT).</summary>
    public const int Interrupted = 130;
}
