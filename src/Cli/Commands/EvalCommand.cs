// xclassflow eval
using System.CommandLine;
using XClassFlow.Cli.Progress;
using XClassFlow.Cluster.Training;

namespace XClassFlow.Cli.Commands;

internal static class EvalCommand
{
    public static Command Create(CommandServices services)
    {
        var checkpoint = CommonOptions.Required("--checkpoint", "DIR", "The checkpoint to evaluate.");
        var data = CommonOptions.Required("--data", "FILE", "The Arrow file with the samples.");
        var report = CommonOptions.Report();
        var progress = new ProgressOptions();
        var command = new Command("eval", "Measures a checkpoint's accuracy.") { checkpoint, data, report };
        progress.AddTo(command);
        command.SetAction(async (parse, stop) =>
        {
            var options = new EvaluateOptions(parse.GetRequiredValue(checkpoint), parse.GetRequiredValue(data));
            return await ReportedRun.RunAsync(services, progress.Display(parse, services), parse.GetValue(report),
                observer => services.Runs.EvaluateAsync(options, observer, stop));
        });
        return command;
    }
}
