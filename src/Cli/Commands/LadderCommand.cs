// xclassflow bench ladder and bench gradients
using System.CommandLine;
using XClassFlow.Cluster.Benchmarks;
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Cli.Commands;

/// <summary>Measurements of small clusters on slow lines.</summary>
internal static class LadderCommand
{
    /// <summary>The throughput ladder on local processes.</summary>
    public static Command Create(CommandServices services) => Of(
        "ladder",
        "Throughput of clusters on this machine: all classes, + KNN softmax, + overlapping pipeline, + sparse gradients.",
        new LadderOptions(),
        async (options, stop) => await LadderBenchmark.RunAsync(options, BenchCommand.Self(), services.Out, stop));

    /// <summary>Whole, sparse and automatic gradients over a sweep of rates.</summary>
    public static Command CreateGradients(CommandServices services) => Of(
        "gradients",
        "Steps with whole gradients, with sparse ones and with sparsifier.auto, over a sweep of line speeds.",
        GradientSweep.Defaults,
        async (options, stop) => await GradientSweep.RunAsync(options, BenchCommand.Self(), services.Out, stop));

    private static Command Of(string name, string description, LadderOptions defaults, Func<LadderOptions, CancellationToken, Task<object>> measure)
    {
        var arguments = new LadderArguments(defaults);
        var report = CommonOptions.Optional("--report", "FILE", "Writes the figures as JSON.");
        var command = new Command(name, description) { report };
        foreach (var option in arguments.All)
        {
            command.Add(option);
        }

        command.SetAction(async (parse, stop) =>
        {
            var file = parse.GetValue(report);
            if (file is not null)
            {
                RunReportFile.CheckWritable(file);
            }

            BenchCommand.Write(await measure(arguments.Of(parse), stop), file);
            return ExitCodes.Done;
        });
        return command;
    }
}
