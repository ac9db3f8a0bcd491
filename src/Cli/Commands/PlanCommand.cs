// xclassflow plan
using System.CommandLine;
using System.Globalization;
using XClassFlow.Cluster.Configuration;
using XClassFlow.Cluster.Training;
using XClassFlow.Stages.Planning;

namespace XClassFlow.Cli.Commands;

internal static class PlanCommand
{
    private const double Mebibyte = 1 << 20;

    public static Command Create(CommandServices services)
    {
        var config = CommonOptions.Required("--config", "FILE", "The configuration (HOCON).", "-c");
        var sets = CommonOptions.Sets();
        var command = new Command("plan", "Says what memory a run will need, before anything is allocated.") { config, sets };
        command.SetAction(async (parse, stop) =>
        {
            var loaded = HoconLoader.Load(parse.GetRequiredValue(config), parse.GetRequiredValue(sets), services.Reference());
            var plan = await services.Runs.PlanAsync(new PlanOptions(loaded), stop);
            foreach (var line in Lines(plan))
            {
                await services.Out.WriteLineAsync(line);
            }

            plan.RequireFit("this run");
            return ExitCodes.Done;
        });
        return command;
    }

    private static IEnumerable<string> Lines(MemoryPlan plan)
    {
        const string Sum = "in one process";
        var width = plan.Items.Select(i => i.Name.Length).Append(Sum.Length).Max();
        foreach (var item in plan.Items)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{item.Name.PadRight(width)} {item.Bytes / Mebibyte,12:N1} MiB  {item.Formula}");
        }

        yield return string.Create(CultureInfo.InvariantCulture, $"{Sum.PadRight(width)} {plan.Total / Mebibyte,12:N1} MiB  of {plan.Available / Mebibyte:N1} MiB");
        yield return string.Create(CultureInfo.InvariantCulture, $"{plan.Classes:N0} classes {(plan.Fits ? "fit" : "do not fit")}; at most {plan.LargestClasses:N0} would");
    }
}
