// What the commands use of the world: real in Program, stand-ins in tests.
using Spectre.Console;
using XClassFlow.Cluster.Membership;
using XClassFlow.Cluster.Training;

namespace XClassFlow.Cli;

/// <summary>Everything a command touches besides its arguments.</summary>
internal sealed record CommandServices
{
    public required IRunCommands Runs { get; init; }

    public required IClusterCommands Cluster { get; init; }

    public required IGraphCommands Graphs { get; init; }

    public required IImportCommands Imports { get; init; }

    /// <summary>The text of reference.conf.</summary>
    public required Func<string> Reference { get; init; }

    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>The terminal for a live display; null where stdout is none.</summary>
    public IAnsiConsole? Terminal { get; init; }

    public required TimeProvider Time { get; init; }

    public required Interrupts Interrupts { get; init; }
}
