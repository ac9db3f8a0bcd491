// xclassflow predict
using System.CommandLine;
using System.Globalization;
using XClassFlow.Cli.Progress;
using XClassFlow.Cluster.Training;

namespace XClassFlow.Cli.Commands;

internal static class PredictCommand
{
    public static Command Create(CommandServices services)
    {
        var checkpoint = CommonOptions.Required("--checkpoint", "DIR", "The checkpoint to ask.");
        var data = CommonOptions.Required("--data", "FILE", "The Arrow file with the samples.");
        var output = CommonOptions.Required("--out", "FILE.arrow", "The Arrow file to write.");
        var top = CommonOptions.Count("--top", "K", "Answers per sample (5).");
        var progress = new ProgressOptions();
        var command = new Command("predict", "Writes the best classes of samples.") { checkpoint, data, output, top };
        progress.AddTo(command);
        command.SetAction(async (parse, stop) =>
        {
            var options = new PredictOptions(
                parse.GetRequiredValue(checkpoint), parse.GetRequiredValue(data), parse.GetRequiredValue(output), parse.GetValue(top) ?? 5);
            var outcome = await progress.Display(parse, services).ShowAsync(observer => services.Runs.PredictAsync(options, observer, stop));
            await services.Out.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"{options.Out}: {outcome.Samples:N0} samples in {outcome.Seconds:F1} s"));
            return ExitCodes.Done;
        });
        return command;
    }
}
