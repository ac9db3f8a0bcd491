// xclassflow replay
using System.CommandLine;
using XClassFlow.Cli.Progress;
using XClassFlow.Cluster.Training;

namespace XClassFlow.Cli.Commands;

internal static class ReplayCommand
{
    public static Command Create(CommandServices services)
    {
        var recording = new Argument<string>("RECORDING") { Description = "The directory of a recording." };
        var stage = CommonOptions.Optional("--stage", "NAME", "Only this stage.");
        var rank = new Option<int?>("--rank") { HelpName = "R", Description = "Only this rank." };
        rank.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!int.TryParse(token.Value, out var r) || r < 0))
            {
                result.AddError($"--rank '{token.Value}' is not a rank: a whole number from 0");
            }
        });
        var tolerance = new Option<double>("--tolerance") { HelpName = "X", Description = "The relative difference that counts as the same (0)." };
        tolerance.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !(double.TryParse(token.Value, out var x) && x >= 0))
            {
                result.AddError($"--tolerance '{token.Value}' is not a number from 0, such as 1e-6");
            }
        });
        var progress = new ProgressOptions();
        var command = new Command("replay", "Runs a recorded pipeline again and compares.") { recording, stage, rank, tolerance };
        progress.AddTo(command);
        command.SetAction(async (parse, stop) =>
        {
            var options = new ReplayOptions(
                parse.GetRequiredValue(recording), parse.GetValue(stage), parse.GetValue(rank), parse.GetValue(tolerance));
            var outcome = await progress.Display(parse, services).ShowAsync(observer => services.Runs.ReplayAsync(options, observer, stop));
            foreach (var line in outcome.Lines)
            {
                await services.Out.WriteLineAsync(line);
            }

            return outcome.Same ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }
}
