// xclassflow bench ladder
using System.CommandLine;
using XClassFlow.Cluster.Benchmarks;
using XClassFlow.Data;
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Cli.Commands;

/// <summary>The throughput ladder on local processes.</summary>
internal static class LadderCommand
{
    public static Command Create(CommandServices services)
    {
        var nodes = CommonOptions.Optional("--nodes", "N,..", "Numbers of local processes; 2,4 where left out.");
        var megabits = CommonOptions.Optional("--megabits", "N,..", "What a node may send, megabits a second; 100,1000,10000 where left out.");
        var links = CommonOptions.Optional("--links", "auto|namespaces|throttle", "What joins the nodes, auto where left out: network namespaces with shaped lines (root, iproute2), or a bound in each node's lane; auto: namespaces where they can be made.");
        links.AcceptOnlyFromAmong(Array.ConvertAll(Enum.GetNames<LadderLinks>(), n => n.ToLowerInvariant()));
        var classes = CommonOptions.Count("--classes", "N", "Classes; a million where left out.");
        var batch = CommonOptions.Count("--batch", "N", "Samples of a step over all nodes.");
        var warmUp = CommonOptions.Count("--warm-up", "N", "Steps before those that count.");
        var steps = CommonOptions.Count("--steps", "N", "Steps that count.");
        var repeats = CommonOptions.Count("--repeats", "N", "How often every rung is measured; the median counts.");
        var sets = CommonOptions.Sets();
        var report = CommonOptions.Optional("--report", "FILE", "Writes the figures as JSON.");
        var command = new Command("ladder", "Throughput of clusters on this machine: all classes, + KNN softmax, + overlapping pipeline, + sparse gradients.")
        {
            nodes, megabits, links, classes, batch, warmUp, steps, repeats, sets, report,
        };
        command.SetAction(async (parse, stop) =>
        {
            var file = parse.GetValue(report);
            if (file is not null)
            {
                RunReportFile.CheckWritable(file);
            }

            var defaults = new LadderOptions();
            var options = new LadderOptions
            {
                Nodes = Numbers(parse.GetValue(nodes), "--nodes", 1, 64) ?? defaults.Nodes,
                Megabits = Numbers(parse.GetValue(megabits), "--megabits", 1, 1_000_000) ?? defaults.Megabits,
                Links = Enum.Parse<LadderLinks>(parse.GetValue(links) ?? nameof(LadderLinks.Auto), ignoreCase: true),
                Classes = parse.GetValue(classes) ?? defaults.Classes,
                Batch = parse.GetValue(batch) ?? defaults.Batch,
                WarmUp = parse.GetValue(warmUp) ?? defaults.WarmUp,
                Steps = parse.GetValue(steps) ?? defaults.Steps,
                Repeats = parse.GetValue(repeats) ?? defaults.Repeats,
                Sets = parse.GetRequiredValue(sets),
            };
            var result = await LadderBenchmark.RunAsync(options, BenchCommand.Self(), services.Out, stop);
            BenchCommand.Write(result, file);
            return ExitCodes.Done;
        });
        return command;
    }

    private static int[]? Numbers(string? text, string option, int least, int most) => text is null ? null : Array.ConvertAll(text.Split(','), part =>
        int.TryParse(part, out var number) && number >= least && number <= most
            ? number
            : throw new UserErrorException($"'{part}' is no number from {least} to {most}", option, $"write numbers with commas between them, such as {option} 2,4"));
}
