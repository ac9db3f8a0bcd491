// xclassflow bench
using System.CommandLine;
using System.Text.Json;
using XClassFlow.Cluster.Benchmarks;
using XClassFlow.Data;
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
        command.Add(Measurement("allreduce", "The all-reduce of gradients between local processes against OpenMPI's, where mpirun is installed.", services, async (rounds, stop) =>
            await AllReduceBenchmark.RunAsync(rounds is { } n ? new AllReduceOptions { Rounds = n } : new AllReduceOptions(), Self(), services.Out, stop)));
        command.Add(LadderCommand.Create(services));
        command.Add(LadderCommand.CreateGradients(services));
        command.Add(Rank(services));
        command.Add(MpiRankCommand(services));
        return command;
    }

    /// <summary>Writes the figures, where a file was named.</summary>
    internal static async Task WriteAsync(object result, string? file)
    {
        if (file is not null)
        {
            await File.WriteAllTextAsync(file, JsonSerializer.Serialize(result, result.GetType(), Json) + "\n", CancellationToken.None);
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

            await WriteAsync(await measure(parse.GetValue(rounds), stop), file);
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Rank(CommandServices services)
    {
        var rank = new Option<int>("--rank") { Required = true };
        var addresses = new Option<string>("--addresses") { Required = true };
        var (sizes, rounds) = RankOptions();
        var command = new Command("allreduce-rank", "One process of bench allreduce.") { rank, addresses, sizes, rounds };
        command.Hidden = true;
        command.SetAction(async (parse, _) =>
        {
            await AllReduceRank.RunAsync(
                parse.GetRequiredValue(rank), parse.GetRequiredValue(addresses).Split(','), Sizes(parse.GetRequiredValue(sizes)), parse.GetRequiredValue(rounds), Console.In, services.Out);
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command MpiRankCommand(CommandServices services)
    {
        var (sizes, rounds) = RankOptions();
        var command = new Command("mpi-rank", "One process of bench allreduce under mpirun.") { sizes, rounds };
        command.Hidden = true;
        command.SetAction(parse =>
        {
            MpiRank.Run(Sizes(parse.GetRequiredValue(sizes)), parse.GetRequiredValue(rounds), services.Out);
            return ExitCodes.Done;
        });
        return command;
    }

    private static (Option<string> Sizes, Option<int> Rounds) RankOptions() => (new("--sizes") { Required = true }, new("--rounds") { Required = true });

    private static long[] Sizes(string text) => Array.ConvertAll(text.Split(','), size => long.TryParse(size, out var bytes) && bytes > 0
        ? bytes
        : throw new UserErrorException($"'{size}' is no number of bytes", "--sizes", "write 1000000,4000000"));

    /// <summary>How this process was started: by its own executable, or as an assembly that dotnet runs.</summary>
    internal static string[] Self() => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
        ? [Environment.ProcessPath!, typeof(BenchCommand).Assembly.Location]
        : [Environment.ProcessPath!];
}
