// The command xclassflow.
using Spectre.Console;
using XClassFlow.Cli;
using XClassFlow.Cluster;
using XClassFlow.Cluster.Configuration;
using XClassFlow.Cluster.Training;

using var interrupts = new Interrupts(Environment.Exit);
using var signals = interrupts.ListenToSignals();

// The runs and the importers are connected here and nowhere else.
var services = new CommandServices
{
    Runs = CommandSet.Runs(Console.Error.WriteLine),
    Cluster = CommandSet.Cluster(),
    Graphs = new LocalGraphs(),
    Imports = new DataImports(Console.Error),
    Reference = HoconLoader.ReferenceText,
    Out = Console.Out,
    Error = Console.Error,
    Terminal = Terminals.IsLive() ? AnsiConsole.Console : null,
    Time = TimeProvider.System,
    Interrupts = interrupts,
};
return ExitGuard.Arm(await new CommandLine(services).RunAsync(args));
