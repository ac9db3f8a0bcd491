// xclassflow report
using System.CommandLine;
using XClassFlow.Cli.Pictures;
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Cli.Commands;

internal static class ReportCommand
{
    private const string Updates = "updates";
    private const string Samples = "samples";

    public static Command Create(CommandServices services)
    {
        var files = new Argument<string[]>("REPORT") { Description = "Reports of training runs.", Arity = ArgumentArity.OneOrMore };
        var output = CommonOptions.Required("--out", "FILE.svg", "The picture.");
        var over = new Option<string>("--over") { HelpName = $"{Updates}|{Samples}", Description = "What the curves are drawn against.", DefaultValueFactory = _ => Updates };
        over.AcceptOnlyFromAmong(Updates, Samples);
        var plot = new Command("plot", "Draws loss, top-1, learning rate and batch of runs.") { files, output, over };
        plot.SetAction(parse =>
        {
            var paths = parse.GetRequiredValue(files);
            CurvePicture.Write([.. Names(paths).Zip(paths.Select(RunReportFile.Read))], parse.GetValue(over) == Samples, parse.GetRequiredValue(output));
            services.Out.WriteLine(parse.GetRequiredValue(output));
            return ExitCodes.Done;
        });
        return new Command("report", "Works on reports.") { plot };
    }

    // The shortest that tells them apart.
    private static string[] Names(string[] paths)
    {
        var names = Array.ConvertAll(paths, p => Path.GetFileNameWithoutExtension(p));
        return names.Distinct().Count() == names.Length ? names : paths;
    }
}
