// xclassflow train
using System.CommandLine;
using XClassFlow.Cli.Progress;
using XClassFlow.Cluster.Configuration;
using XClassFlow.Cluster.Training;

namespace XClassFlow.Cli.Commands;

internal static class TrainCommand
{
    public static Command Create(CommandServices services)
    {
        var config = CommonOptions.Required("--config", "FILE", "The configuration (HOCON).", "-c");
        var sets = CommonOptions.Sets();
        var report = CommonOptions.Report();
        var losses = new Option<bool>("--report-losses") { Description = "Puts the loss of every step into the report." };
        var checkpoint = CommonOptions.Optional("--checkpoint", "DIR", "Where checkpoints are written and looked for.");
        var resume = new Option<bool>("--resume") { Description = "Continues from the last checkpoint." };
        var progress = new ProgressOptions();
        var command = new Command("train", "Trains a classifier.") { config, sets, report, losses, checkpoint, resume };
        progress.AddTo(command);
        command.SetAction(async (parse, stop) =>
        {
            var options = new TrainOptions(
                HoconLoader.Load(parse.GetRequiredValue(config), parse.GetRequiredValue(sets), services.Reference()),
                parse.GetValue(checkpoint),
                parse.GetValue(resume),
                parse.GetValue(losses));
            return await ReportedRun.RunAsync(services, progress.Display(parse, services), parse.GetValue(report),
                observer => services.Runs.TrainAsync(options, observer, stop));
        });
        return command;
    }
}
