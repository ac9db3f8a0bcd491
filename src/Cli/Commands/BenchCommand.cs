// xclassflow bench
using System.CommandLine;
using System.Text.Json;
using XClassFlow.Cluster.Benchmarks;
using XClassFlow.Stages.Reporting;
using XClassFlow.Stages.Torch;

namespace XClassFlow.Cli.Commands;

/// <summary>Measurements of the parts that talk between processes; each compares with a named alternative in the same run.</summary>
internal static class BenchCommand
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static Command Create(CommandServices services)
    {
        var command = new Command("bench", "Measures a part against an alternative.");
        command.Add(Measurement("lane", "The tensor lane against a bare socket.", services, async (rounds, stop) =>
        {
            LibTorch.EnsureLoaded();
            return await LaneBenchmark.RunAsync(rounds is { } n ? new LaneBenchmarkOptions { Rounds = n } : new LaneBenchmarkOptions(), services.Out, stop);
        }));
        AllReduceCommand.AddTo(command, services);
        command.Add(LadderCommand.Create(services));
        command.Add(LadderCommand.CreateGradients(services));
        return command;
    }

    /// <summary>Writes the figures, where a file was named.</summary>
    /// <exception cref="Data.OutputException">They cannot be written; what stood there before still does.</exception>
    internal static void Write(object result, string? file)
    {
        if (file is not null)
        {
            RunReportFile.Write(file, stream => JsonSerializer.Serialize(stream, result, result.GetType(), Json));
        }
    }

    private static Command Measurement(string name, string description, CommandServices services, Func<int?, CancellationToken, Task<object>> measure)
    {
        var rounds = CommonOptions.Count("--rounds", "N", "Measured rounds of each size.");
        var report = CommonOptions.Optional("--report", "FILE", "Writes the figures as JSON.");
        var command = new Command(name, description) { rounds, report };
        command.SetAction(async (parse, stop) =>
        {
            var file = parse.GetValue(report);
            if (file is not null)
            {
                RunReportFile.CheckWritable(file);
            }

            Write(await measure(parse.GetValue(rounds), stop), file);
            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>How this process was started: by its own executable, or as an assembly that dotnet runs.</summary>
    internal static string[] Self() => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
        ? [Environment.ProcessPath!, typeof(BenchCommand).Assembly.Location]
        : [Environment.ProcessPath!];
}
