// xclassflow bench allreduce
using System.CommandLine;
using XClassFlow.Cluster.Benchmarks;
using XClassFlow.Data;
using XClassFlow.Stages.Configuration;
using XClassFlow.Stages.Reporting;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cli.Commands;

/// <summary>The measurement of the all-reduce, and the hidden commands that its processes run.</summary>
internal static class AllReduceCommand
{
    public static void AddTo(Command bench, CommandServices services)
    {
        bench.Add(Create(services));
        bench.Add(Rank(services));
        bench.Add(MpiRankCommand(services));
    }

    private static Command Create(CommandServices services)
    {
        var rounds = CommonOptions.Count("--rounds", "N", "Measured rounds of each size.");
        var processes = CommonOptions.Optional("--processes", "N,N", "Numbers of processes.");
        var sizes = CommonOptions.Optional("--sizes", "BYTES,BYTES", "Bytes of the gradient.");
        var ways = CommonOptions.Optional("--ways", "WAY,WAY", "Ways of ours, each measured: auto, one-hop, two-hops.");
        var report = CommonOptions.Optional("--report", "FILE", "Writes the figures as JSON.");
        var command = new Command("allreduce", "The all-reduce of gradients between local processes against OpenMPI's, where mpirun is installed.") { rounds, processes, sizes, ways, report };
        command.SetAction(async (parse, stop) =>
        {
            if (parse.GetValue(report) is { } file)
            {
                RunReportFile.CheckWritable(file);
            }

            var defaults = new AllReduceOptions();
            var options = defaults with
            {
                Rounds = parse.GetValue(rounds) ?? defaults.Rounds,
                Ranks = parse.GetValue(processes) is { } p ? Array.ConvertAll(Numbers(p, "--processes", "2,4"), n => (int)Math.Min(n, 64)) : defaults.Ranks,
                Sizes = parse.GetValue(sizes) is { } s ? Numbers(s, "--sizes", "1000000,4000000") : defaults.Sizes,
                Ways = parse.GetValue(ways) is { } w ? Array.ConvertAll(w.Split(','), Way) : defaults.Ways,
            };
            BenchCommand.Write(await AllReduceBenchmark.RunAsync(options, BenchCommand.Self(), services.Out, stop), parse.GetValue(report));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Rank(CommandServices services)
    {
        var rank = new Option<int>("--rank") { Required = true };
        var addresses = new Option<string>("--addresses") { Required = true };
        var way = new Option<string>("--way") { DefaultValueFactory = _ => "auto" };
        var (sizes, rounds) = RankOptions();
        var command = new Command("allreduce-rank", "One process of bench allreduce.") { rank, addresses, way, sizes, rounds };
        command.Hidden = true;
        command.SetAction(async (parse, _) =>
        {
            await AllReduceRank.RunAsync(
                parse.GetRequiredValue(rank), parse.GetRequiredValue(addresses).Split(','), Way(parse.GetRequiredValue(way)), Numbers(parse.GetRequiredValue(sizes), "--sizes", "1000000,4000000"),
                parse.GetRequiredValue(rounds), Console.In, services.Out);
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
            MpiRank.Run(Numbers(parse.GetRequiredValue(sizes), "--sizes", "1000000,4000000"), parse.GetRequiredValue(rounds), services.Out);
            return ExitCodes.Done;
        });
        return command;
    }

    private static (Option<string> Sizes, Option<int> Rounds) RankOptions() => (new("--sizes") { Required = true }, new("--rounds") { Required = true });

    private static long[] Numbers(string text, string option, string example) => Array.ConvertAll(text.Split(','), number => long.TryParse(number, out var n) && n > 0
        ? n
        : throw new UserErrorException($"'{number}' is no whole number above 0", option, $"write {example}"));

    private static AllReduceWay Way(string text) => Enum.GetValues<AllReduceWay>().Cast<AllReduceWay?>().FirstOrDefault(way => KebabCase.Of($"{way}") == text)
        ?? throw new UserErrorException($"'{text}' is no way of the all-reduce", "--ways", "write auto, one-hop or two-hops");
}
