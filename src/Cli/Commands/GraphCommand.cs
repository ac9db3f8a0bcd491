// xclassflow graph build|recall|inspect
using System.CommandLine;
using System.Globalization;
using XClassFlow.Cluster.Training;
using XClassFlow.Stages.Selection.Graph;

namespace XClassFlow.Cli.Commands;

internal static class GraphCommand
{
    private const int DefaultK = 16;
    private const long DefaultMemory = 4L << 30;
    private const int DefaultSample = 1000;

    public static Command Create(CommandServices services) =>
        new("graph", "Builds and looks at class graphs.") { Build(services), Recall(services), Inspect(services) };

    private static Command Build(CommandServices services)
    {
        var rows = new GraphRowsArguments();
        var output = CommonOptions.Required("--out", "FILE.arrow", "The graph file to write.");
        var k = CommonOptions.Count("--k", "K", "Neighbours per class, the class itself included (16).");
        var method = new Option<string>("--method")
        {
            HelpName = "auto|exact|approximate",
            Description = "Compares all pairs, or parts of the classes; auto is exact for few classes.",
            DefaultValueFactory = _ => "auto",
        };
        method.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !Enum.GetNames<GraphMethod>().Contains(token.Value, StringComparer.OrdinalIgnoreCase))
            {
                result.AddError($"--method '{token.Value}' is none of auto, exact, approximate");
            }
        });
        var memory = SizeOption.Create("--memory", "Memory the build may use beyond the rows (4GiB).");
        var threads = CommonOptions.Count("--threads", "N", "Threads that compute (all).");
        var seed = CommonOptions.Count("--seed", "S", "Seed of the approximate method (1).");
        var from = CommonOptions.Optional("--refresh", "FILE.arrow", "Brings this older graph up to date instead of building from nothing.");
        var command = new Command("build", "Finds the nearest classes of every class.") { output, k, method, memory, threads, seed, from };
        rows.AddTo(command, required: true);
        command.SetAction(async (parse, stop) =>
        {
            var options = new GraphBuildOptions(
                rows.Of(parse),
                parse.GetRequiredValue(output),
                parse.GetValue(k) ?? DefaultK,
                Enum.Parse<GraphMethod>(parse.GetRequiredValue(method), ignoreCase: true),
                parse.GetValue(memory) ?? DefaultMemory,
                parse.GetValue(threads) ?? Environment.ProcessorCount,
                (ulong)(parse.GetValue(seed) ?? 1),
                parse.GetValue(from));
            var lines = TextWriter.Synchronized(services.Error);
            var made = await services.Graphs.BuildAsync(options, lines.WriteLine, stop);
            await services.Out.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"{options.Out}: {made.Classes:N0} classes, k {made.K}, {made.Method}, recall {made.Recall:F4}, {made.Seconds:F1} s"));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Recall(CommandServices services)
    {
        var graph = new Argument<string>("GRAPH") { Description = "The graph file." };
        var rows = new GraphRowsArguments();
        var sample = CommonOptions.Count("--sample", "N", "Classes to compare with brute force (1000).");
        var threads = CommonOptions.Count("--threads", "N", "Threads that compute (all).");
        var command = new Command("recall", "Measures a graph against brute force.") { graph, sample, threads };
        rows.AddTo(command, required: true);
        command.SetAction(async (parse, stop) =>
        {
            var options = new GraphRecallOptions(
                parse.GetRequiredValue(graph), rows.Of(parse), parse.GetValue(sample) ?? DefaultSample, parse.GetValue(threads) ?? Environment.ProcessorCount, 1);
            var found = await services.Graphs.RecallAsync(options, stop);
            await services.Out.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"recall@{found.K} {found.Recall:F4} on {found.Sample:N0} classes{(found.Built is { } built ? $" ({built:F4} when it was built)" : "")}"));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Inspect(CommandServices services)
    {
        var graph = new Argument<string>("GRAPH") { Description = "The graph file." };
        var which = new Argument<long>("CLASS") { Description = "The class to show." };
        var rows = new GraphRowsArguments();
        var names = CommonOptions.Optional("--names", "FILE.tsv", "Names of classes: lines of class number, tab, name.");
        var command = new Command("inspect", "Shows the neighbours of a class: rank, class, cosine, name.") { graph, which, names };
        rows.AddTo(command, required: false);
        command.SetAction(async (parse, stop) =>
        {
            var options = new GraphInspectOptions(parse.GetRequiredValue(graph), parse.GetValue(which), rows.Of(parse), parse.GetValue(names));
            foreach (var line in await services.Graphs.InspectAsync(options, stop))
            {
                await services.Out.WriteLineAsync(line);
            }

            return ExitCodes.Done;
        });
        return command;
    }
}
